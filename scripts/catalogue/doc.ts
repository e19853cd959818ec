/** What a doc comment says, taken apart by the words that all components use. */
export interface ClassDoc {
  readonly summary: string;
  readonly creates?: string;
  readonly grants?: string;
  readonly cost?: string;
  readonly limits?: string;
  /** From the smallest to what else it can do. */
  readonly examples: readonly Example[];
}

/** A program that makes the component, with what it shows. */
export interface Example {
  readonly title: string;
  readonly code: string;
}

/** `@example <title>` on one line, below it the program. */
const EXAMPLE = /@example ([^\n]+)\n```ts\n([\s\S]*?)\n```/g;

/** The text of a doc comment without its marks; lines are kept. */
export function commentText(comment: string): string {
  return comment
    .replace(/^\/\*\*/, "")
    .replace(/\*\/$/, "")
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, "").trimEnd())
    .join("\n")
    .trim();
}

/** Sentences, without a cut after `e.g.` or inside a number: a capital, a backtick or the end follows. */
export function sentences(text: string): string[] {
  return text
    .replaceAll(/\s+/g, " ")
    .split(/(?<=[.!?])\s+(?=[A-Z0-9`<])/)
    .map((each) => each.trim())
    .filter((each) => each !== "");
}

/** @param text from `commentText` */
export function readClassDoc(text: string): ClassDoc {
  const examples = [...text.matchAll(EXAMPLE)].map(([, title = "", code = ""]) => ({ title, code }));
  const paragraphs = text
    .replaceAll(EXAMPLE, "")
    .split(/\n\s*\n/)
    .map((each) => each.replaceAll(/\s+/g, " ").trim());
  const limits = paragraphs.find((each) => each.startsWith("Limits: "));
  const said = sentences(paragraphs.filter((each) => each !== limits).join(" "));
  const creates = said.find((each) => each.startsWith("Creates "));
  const grants = said.filter((each) => /^(Grants?|Links?)\b.*:|→/.test(each)).join(" ");
  const cost = said.filter((each) => /^Cost class:|^(Defaults|All profiles): .*USD/.test(each)).join(" ");
  return {
    summary: said[0] ?? "",
    examples,
    ...(creates !== undefined && { creates }),
    ...(grants !== "" && { grants }),
    ...(cost !== "" && { cost: cost.replace(/^(Cost class|Defaults|All profiles): /, "") }),
    ...(limits !== undefined && { limits: limits.slice("Limits: ".length) }),
  };
}

/** Words of JSON Schema, as tags: `@minimum 0.25 @multipleOf 0.25`. Lengths are those of each name in a list. */
const BOUND = /@(minimum|maximum|multipleOf|minLength|maxLength) (\d+(?:\.\d+)?)/g;

/** What a number, or the length of a name, may be. */
export type Bounds = Readonly<
  Partial<Record<"minimum" | "maximum" | "multipleOf" | "minLength" | "maxLength", number>>
>;

export interface ArgumentDoc {
  readonly doc: string;
  readonly bounds?: Bounds;
  readonly default?: string;
  readonly change: "replaces" | "updates";
}

/** A member's comment: `@default` ends with its sentence; what follows belongs to the description. */
export function readArgumentDoc(text: string): ArgumentDoc {
  const flat = text.replaceAll(/\s+/g, " ");
  const change = /\breplaces (?!nothing)/.test(flat) ? "replaces" : "updates";
  const [before = "", after] = flat.split(/\s*@default\s+/);
  const [standard, ...rest] = after === undefined ? [] : sentences(after.split(/(?:^|\s+)@\w+/)[0] ?? "");
  const doc = [before.split(/(?:^|\s+)@\w+/)[0] ?? "", ...rest].join(" ").trim();
  const bounds = [...flat.matchAll(BOUND)].map(([, word, value]) => [word, Number(value)] as const);
  const bounded = bounds.length > 0 && { bounds: Object.fromEntries(bounds) };
  return { doc, change, ...bounded, ...(standard !== undefined && { default: standard.replace(/\.$/, "") }) };
}
