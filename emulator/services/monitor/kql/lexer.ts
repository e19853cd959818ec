/** A query that this subset of KQL does not know, with the place. */
export class KqlError extends Error {}

export interface Token {
  readonly kind: "name" | "text" | "number" | "timespan" | "symbol" | "end";
  readonly value: string;
  /** Milliseconds of a time span, value of a number. */
  readonly amount?: number;
  readonly at: number;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const PATTERN =
  /\s+|\/\/[^\n]*|(?<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|@"[^"]*")|(?<span>\d+(?:\.\d+)?(?:ms|s|m|h|d)\b)|(?<number>\d+(?:\.\d+)?)|(?<name>!?[A-Za-z_][\w]*(?:-(?:reorder|away|keep|rename)\b)?~?)|(?<symbol>==|!=|=~|!~|<=|>=|\.\.|[|,()=<>+\-*/%.[\]])/gy;

/** @throws {KqlError} for a character that has no meaning */
export function tokenize(query: string): readonly Token[] {
  const tokens: Token[] = [];
  PATTERN.lastIndex = 0;
  while (PATTERN.lastIndex < query.length) {
    const at = PATTERN.lastIndex;
    const match = PATTERN.exec(query);
    if (!match) throw new KqlError(`'${query.slice(at, at + 10)}' at ${at} is not understood`);
    const { text, span, number, name, symbol } = match.groups ?? {};
    if (text !== undefined) tokens.push({ kind: "text", value: unquote(text), at });
    else if (span !== undefined) tokens.push({ kind: "timespan", value: span, amount: spanMs(span), at });
    else if (number !== undefined) tokens.push({ kind: "number", value: number, amount: Number(number), at });
    else if (name !== undefined) tokens.push({ kind: "name", value: name, at });
    else if (symbol !== undefined) tokens.push({ kind: "symbol", value: symbol, at });
  }
  tokens.push({ kind: "end", value: "", at: query.length });
  return tokens;
}

function spanMs(text: string): number {
  const unit = /[a-z]+$/.exec(text)?.[0] ?? "s";
  return Number.parseFloat(text) * (UNITS[unit] ?? 1000);
}

function unquote(text: string): string {
  if (text.startsWith("@")) return text.slice(2, -1);
  return text.slice(1, -1).replace(/\\(.)/g, (_, char: string) => ({ n: "\n", t: "\t", r: "\r" })[char] ?? char);
}
