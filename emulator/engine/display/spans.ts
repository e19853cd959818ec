import type { Paint, Style } from "./paint.ts";

/** A piece of a line in one style. */
export interface Span {
  readonly text: string;
  readonly style?: Style;
}

/** A line before it is painted, so that it can be measured and cut. */
export type Line = readonly Span[];

/** Characters that terminals draw two columns wide. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** How many columns a text takes. */
export function textWidth(text: string): number {
  let width = 0;
  for (const char of text) width += WIDE.test(char) ? 2 : 1;
  return width;
}

/** How many columns a line takes. */
export function lineWidth(line: Line): number {
  return line.reduce((sum, span) => sum + textWidth(span.text), 0);
}

/** The line, no wider than `columns`; what is cut off leaves a `…`. */
export function cutLine(line: Line, columns: number): Line {
  const whole = trimLine(line);
  if (lineWidth(whole) <= columns) return whole;
  const result: Span[] = [];
  let room = columns - 1;
  for (const span of whole) {
    let text = "";
    for (const char of span.text) {
      room -= textWidth(char);
      if (room < 0) break;
      text += char;
    }
    result.push({ ...span, text: room < 0 ? `${text}…` : text });
    if (room < 0) break;
  }
  return result;
}

/** The line without spaces at its end. */
function trimLine(line: Line): Line {
  const end = line.findLastIndex((span) => span.text.trim() !== "");
  return line.slice(0, end + 1).map((span, index) => (index === end ? { ...span, text: span.text.trimEnd() } : span));
}

/** The line with its styles, without spaces at its end. */
export function paintLine(line: Line, paint: Paint): string {
  return trimLine(line)
    .map(({ text, style }) => paint(text, style))
    .join("");
}

/** The text filled up with spaces. */
export function padText(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - textWidth(text)));
}

/** Breaks a text between words so that no line is wider than `columns`, which is at least one word. */
export function wrapText(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && textWidth(longer) > columns) lines.push(line);
    line = line !== "" && textWidth(longer) > columns ? word : longer;
  }
  return [...lines, line];
}
