import { isCommand } from "./clauses.ts";
import { isMeasure } from "./fieldType.ts";
import { ListReader } from "./grammar.ts";
import { isFieldLike } from "./items.ts";
import type { Token } from "./tokens.ts";
import * as v from "./vocabulary.ts";
import { isPlural } from "./words.ts";

/** The word that hangs values on a thing. */
export const WITH_TOKEN: Token = { kind: "word", text: "with", word: "with" };

/** `a database of my records` → `my records`: what an app is of, when it is of many. */
export function withoutApp(tokens: readonly Token[]): readonly Token[] {
  const of = tokens.findIndex((token) => token.word === "of" || token.word === "for");
  const app = tokens.slice(0, of).some((token) => v.APP_NOUNS.has(token.word));
  if (of > 0 && app && isPlural(tokens.at(-1)?.word ?? "")) return tokens.slice(of + 1);
  const nouns = tokens.filter((token) => !v.DETERMINERS.has(token.word));
  return nouns.length > 1 && v.CONTAINERS.has(nouns.at(-1)?.word ?? "") ? nouns.slice(0, -1) : tokens;
}

/** The list after an app's title when it is a list of things, each with its own values. */
export function thingsOf(left: readonly Token[], list: readonly Token[]): readonly Token[] | undefined {
  const cut = left.findIndex((token) => v.PREPOSITIONS.has(token.word));
  const head = (cut < 0 ? left : left.slice(0, cut)).at(-1)?.word ?? "";
  if (isCommand(left) || (isPlural(head) && !isMeasure([head]))) return undefined;
  const tokens = terse(list);
  const items = new ListReader(tokens).list();
  const [first] = items;
  const described =
    items.some((item) => item.plural && item.parts.length > 0) ||
    (items.length > 2 && items.every((item) => item.plural && !isMeasure(item.words)));
  return first?.plural && !isMeasure(first.words) && described ? tokens : undefined;
}

/** `vehicles plate, make, model`: a note of a thing and its values, as if it said `with`. */
export function terse(tokens: readonly Token[]): readonly Token[] {
  const [thing, value, comma] = tokens;
  if (thing?.kind !== "word" || value?.kind !== "word" || !isPlural(thing.word)) return tokens;
  const end = tokens.findIndex((token) => token.kind !== "word");
  const first = tokens.slice(0, Math.max(end, 0));
  if (!comma || first.length < 2 || first.length > 3 || first.some((token, index) => index > 0 && !isValue(token)))
    return tokens;
  const values = new ListReader(tokens, end).list();
  return values.length > 0 && values.every((item) => isFieldLike(item) || !item.plural)
    ? [thing, WITH_TOKEN, ...tokens.slice(1)]
    : tokens;
}

function isValue({ word }: Token): boolean {
  return !isPlural(word) && !v.PREPOSITIONS.has(word) && !v.WITH.has(word) && !v.RELATIVE.has(word);
}
