import type { Field } from "@devfactory/stacks/spec/index.ts";
import { isIdentifying, isMeasure, type Phrase, typeOf, unitType } from "./fieldType.ts";
import type { Item } from "./grammar.ts";
import type { Token } from "./tokens.ts";
import * as v from "./vocabulary.ts";
import { isParticiple } from "./words.ts";

/** Words with vowels, as words of a language have them: `zxcv` names nothing. */
export function isLanguage(words: readonly string[]): boolean {
  return words.every((word) => /[aeiouy0-9]/.test(word) && !/[bcdfghjklmnpqrstvwxz]{6}/.test(word));
}

export function isFieldWord(word: string): boolean {
  return typeOf([word]) !== "text" || isIdentifying([word]);
}

export function isState(words: readonly string[]): boolean {
  const head = words.at(-1) ?? "";
  return words.length <= 2 && (isParticiple(head) || typeOf([head]) === "boolean");
}

export function isFieldLike(item: Item): boolean {
  if (item.choices || item.yesNo || isMeasure(item.words) || unitOf(item) !== undefined) return true;
  if (item.parts.length > 0 && !isIdentifying(item.words)) return false;
  return !item.plural && (typeOf(item.words) !== "text" || isIdentifying(item.words));
}

export function isThing(item: Item): boolean {
  return (
    isLanguage(item.words) &&
    item.words.length > 0 &&
    item.words.length <= 5 &&
    !item.choices &&
    !item.yesNo &&
    !(isMeasure(item.words) && item.parts.length === 0)
  );
}

export function isDetermined(tokens: readonly Token[]): boolean {
  return v.DETERMINERS.has(tokens[0]?.word ?? "");
}

/** What an item is measured in: `minutes` of `duration in minutes`. */
export function unitOf(item: Item): string | undefined {
  const link = item.links.find((each) => each.preposition === "in" && !each.verb && each.target.words.length === 1);
  const word = link?.target.words[0] ?? "";
  return unitType(word) === undefined ? undefined : word;
}

/** Only how many there are of something, which says nothing about the thing itself. */
export function isQuantity(item: Item): boolean {
  const word = item.words.join(" ");
  if (item.parts.length > 0) return false;
  return /^(?:quantity|quantities|qty|count)$/.test(word) || (/^amounts?$/.test(word) && unitOf(item) !== undefined);
}

export function phraseOf(item: Item): Phrase {
  const words = item.yesNo ? ["is", ...item.words] : item.words;
  const unit = unitOf(item);
  return {
    words,
    ...(item.choices ? { choices: item.choices } : {}),
    ...(item.note ? { note: item.note } : {}),
    ...(unit ? { unit } : {}),
  };
}

export function withFlags(field: Field, item: Item): Field {
  return isIdentifying(item.words) && /^(?:name|title|subject)$/.test(field.name)
    ? { ...field, required: true }
    : field;
}

export function wordsOf(text: string): string[] {
  return text.trim().toLowerCase().split(/\s+/);
}
