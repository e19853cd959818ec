import { BuildError } from "./buildError.ts";

export type Variables = Readonly<Record<string, string>>;

/**
 * Replaces `$X`, `${X}`, `${X:-default}` and `${X:+other}`; a backslash keeps a dollar sign. Unknown variables are empty.
 *
 * @see Dockerfile reference, "Environment replacement"
 */
export function expand(text: string, variables: Variables): string {
  return text.replace(
    /\\\$|\$\{(\w+)(?:(:?[-+])((?:[^{}]|\$\{[^{}]*\})*))?\}|\$(\w+)/g,
    (
      match: string,
      braced: string | undefined,
      operator: string | undefined,
      word: string | undefined,
      plain: string | undefined,
    ) => {
      if (match === "\\$") return "$";
      const value = variables[braced ?? plain ?? ""];
      const set = operator?.startsWith(":") ? Boolean(value) : value !== undefined;
      if (operator?.endsWith("-")) return set ? (value ?? "") : expand(word ?? "", variables);
      if (operator?.endsWith("+")) return set ? expand(word ?? "", variables) : "";
      return value ?? "";
    },
  );
}

/** Splits at blanks outside quotes; quotes and backslashes are taken away. Single quotes keep `$` as it is. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index] ?? "";
    if (char === "\\" && quote !== "'" && index + 1 < text.length) {
      index += 1;
      const next = text[index] ?? "";
      word = (word ?? "") + (next === "$" ? "\\$" : next);
    } else if (quote ? char === quote : char === '"' || char === "'") {
      quote = quote ? "" : char;
      word ??= "";
    } else if (/\s/.test(char) && !quote) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + (char === "$" && quote === "'" ? "\\$" : char);
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

/**
 * Pairs of `ENV` and `LABEL`: `a=1 b="2 3"`, or the old form `ENV name value with blanks`.
 *
 * @throws {BuildError} when a word has no `=`
 */
export function pairs(text: string, variables: Variables, line: number): [string, string][] {
  const words = splitWords(text);
  const first = words[0] ?? "";
  if (!first.includes("=")) {
    const value = text.trimStart().slice(first.length).trim();
    if (!value) throw new BuildError(`${text} has no value`, line);
    return [[first, expand(value, variables)]];
  }
  return words.map((word) => {
    const at = word.indexOf("=");
    if (at < 1) throw new BuildError(`${word} is not of the form name=value`, line);
    return [expand(word.slice(0, at), variables), expand(word.slice(at + 1), variables)];
  });
}
