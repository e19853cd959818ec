import { isUnknown } from "@devfactory/checks/index.ts";
import { Redactor } from "../redact.ts";

const redactor = new Redactor();
const LONGEST_VALUE = 120;

/** Text of others in a comment: no secret, no control character, no markup, no mention. */
export function prose(text: string): string {
  return clean(text)
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/[\\`*_[\]|~#]/g, "\\$&")
    .replace(/@(?=\w)/g, "@\u200b");
}

/** Text of others as code in a line or a table cell; a backtick in it cannot end it. */
export function code(text: string): string {
  return `\`${clean(text).replace(/`/g, "'").replace(/\|/g, "\\|") || " "}\``;
}

/** A value of a plan in a line. */
export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (isUnknown(value)) return "known later";
  const text = typeof value === "string" ? value : JSON.stringify(redactor.data(value));
  return code(text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text);
}

function clean(text: string): string {
  const flat = [...text.replace(/\s+/g, " ")].filter((each) => each >= " " && !isInvisible(each)).join("");
  return redactor.text(flat).trim();
}

/** Direction marks and zero-width characters can make a line look like another. */
function isInvisible(character: string): boolean {
  return /[\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/.test(character);
}

/** A part that is closed until somebody opens it. */
export interface Folded {
  readonly title: string;
  readonly lines: readonly string[];
}

const CUT = (count: number) => `_${count} more; \`npx devfactory pr --print\` shows all._`;

/**
 * Puts a comment together so that it fits: folded parts lose their ends first, the last one first, then the open part.
 *
 * @param limit characters that the host takes
 */
export function fit(open: readonly string[], folded: readonly Folded[], marker: string, limit: number): string {
  const parts: Folded[] = [...folded];
  const whole = () => [...open, ...parts.map(details), marker].join("\n");
  for (let index = parts.length - 1; index >= 0 && whole().length > limit; index -= 1) {
    const part = parts[index];
    if (!part) continue;
    const cut = (count: number) => ({
      ...part,
      lines: [...part.lines.slice(0, count), CUT(part.lines.length - count)],
    });
    const kept = largest(part.lines.length - 1, (count) => {
      parts[index] = cut(count);
      return whole().length <= limit;
    });
    parts[index] = cut(kept);
  }
  if (whole().length <= limit) return whole();
  const tail = ["", CUT(1).replace("1 more", "More"), marker].join("\n");
  const kept = largest(open.length, (count) => open.slice(0, count).join("\n").length + tail.length + 1 <= limit);
  return [...open.slice(0, kept), tail].join("\n");
}

/** The largest count from 0 to `most` for which `fits` holds, which holds for all smaller ones too. */
function largest(most: number, fits: (count: number) => boolean): number {
  let [low, high] = [0, most];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

function details({ title, lines }: Folded): string {
  return ["<details>", `<summary>${title}</summary>`, "", ...lines, "", "</details>", ""].join("\n");
}
