import { badRequest } from "../errors.ts";

export interface Token {
  readonly kind: "name" | "keyword" | "number" | "string" | "parameter" | "operator" | "end";
  /** Keywords in capitals, strings without quotes and escapes. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Words that are never names (grammar of the query language; LEFT and RIGHT are functions here). */
const KEYWORDS = new Set(
  (
    "AND ARRAY AS ASC BETWEEN BY DESC DISTINCT ESCAPE EXISTS FALSE FROM GROUP IN JOIN LIKE LIMIT NOT NULL OFFSET OR " +
    "ORDER SELECT TOP TRUE UDF UNDEFINED VALUE WHERE"
  ).split(" "),
);
const OPERATORS = [
  ">>>",
  "<=",
  ">=",
  "!=",
  "<>",
  "||",
  "??",
  "<<",
  ">>",
  "=",
  "<",
  ">",
  "+",
  "-",
  "*",
  "/",
  "%",
  "&",
  "|",
  "^",
  "~",
  "?",
  ":",
  "(",
  ")",
  "[",
  "]",
  "{",
  "}",
  ",",
  ".",
];
const NUMBER = /(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const PARAMETER = /@[A-Za-z_][A-Za-z0-9_]*/y;
const BLANK = /(?:\s+|--[^\n]*)+/y;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };

/** Splits a query into tokens. @throws {CosmosError} 400 for a character that starts none */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let position = 0;
  const push = (kind: Token["kind"], value: string, end: number) => {
    tokens.push({ kind, text: value, start: position, end });
    position = end;
  };
  for (;;) {
    position += match(BLANK, text, position)?.length ?? 0;
    const char = text[position];
    if (char === undefined) break;
    const number = match(NUMBER, text, position);
    const name = match(NAME, text, position);
    const parameter = match(PARAMETER, text, position);
    if (number !== undefined) push("number", number, position + number.length);
    else if (parameter !== undefined) push("parameter", parameter, position + parameter.length);
    else if (name !== undefined) {
      const upper = name.toUpperCase();
      const keyword = KEYWORDS.has(upper);
      push(keyword ? "keyword" : "name", keyword ? upper : name, position + name.length);
    } else if (char === "'" || char === '"') {
      const [value, end] = readString(text, position, char);
      push("string", value, end);
    } else {
      const operator = OPERATORS.find((each) => text.startsWith(each, position));
      if (operator === undefined) throw syntaxError(char);
      push("operator", operator === "<>" ? "!=" : operator, position + operator.length);
    }
  }
  tokens.push({ kind: "end", text: "", start: text.length, end: text.length });
  return tokens;
}

/** The service's own words for a query that it cannot read. */
export function syntaxError(near: string): Error {
  return badRequest(
    `Message: {"errors":[{"severity":"Error","code":"SC1001","message":"Syntax error, incorrect syntax near '${near}'."}]}`,
  );
}

function match(pattern: RegExp, text: string, position: number): string | undefined {
  pattern.lastIndex = position;
  return pattern.exec(text)?.[0];
}

function readString(text: string, start: number, quote: string): readonly [string, number] {
  let value = "";
  for (let index = start + 1; index < text.length; index++) {
    const char = text.charAt(index);
    if (char === quote) return [value, index + 1];
    if (char !== "\\") {
      value += char;
      continue;
    }
    const escaped = text.charAt(++index);
    if (escaped === "u") {
      value += String.fromCharCode(Number.parseInt(text.slice(index + 1, index + 5), 16));
      index += 4;
    } else value += ESCAPES[escaped] ?? escaped;
  }
  throw syntaxError(text.slice(start, start + 10));
}
