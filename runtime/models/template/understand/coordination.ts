import { isIdentifying, typeOf } from "./fieldType.ts";
import type { Token } from "./tokens.ts";
import { DETERMINERS, HAVE, PREPOSITIONS, WITH } from "./vocabulary.ts";
import { isAdjective, isBaseVerb, isNoun, isPlural, singular } from "./words.ts";

const ORDINALS = /^(?:first|last|middle|second|third|given|family)$/;

/** `check-in and check-out dates` → `check-in date and check-out date`: modifiers that share one head noun. */
export function sharedHeads(tokens: readonly Token[]): Token[] {
  const result: Token[] = [];
  for (let index = 0; index < tokens.length; index += 1) {
    const [one, and, other, head] = tokens.slice(index, index + 4);
    if (
      one &&
      other &&
      head &&
      and?.kind === "and" &&
      shares(one, other, head, tokens[index + 4]) &&
      begins(tokens[index - 1])
    ) {
      const noun = isPlural(head.word) ? singular(head.word) : head.word;
      const { note: _, ...bare } = head;
      result.push(one, { ...bare, text: noun, word: noun }, and, other, { ...head, text: noun, word: noun });
      index += 3;
    } else {
      const token = tokens[index];
      if (token) result.push(token);
    }
  }
  return result;
}

/** Whether a phrase can begin after a token: the `time` of `end time and total price` is no modifier. */
function begins(before: Token | undefined): boolean {
  if (before?.kind !== "word") return true;
  return [DETERMINERS, WITH, HAVE, PREPOSITIONS].some((words) => words.has(before.word));
}

function shares(one: Token, other: Token, head: Token, after: Token | undefined): boolean {
  if (![one, other, head].every((token) => token.kind === "word") || one.note || other.note) return false;
  const noun = isPlural(head.word) ? singular(head.word) : head.word;
  const timed = ["date", "time", "dateTime"].includes(typeOf([noun]));
  if (!timed && !isIdentifying([noun]) && typeOf([noun]) === "text") return false;
  if (
    after?.kind === "word" &&
    isNoun(after.word) &&
    !isPlural(after.word) &&
    !/^(?:in|at|on|for|of|with)$/.test(after.word)
  )
    return false;
  if (ORDINALS.test(one.word) && ORDINALS.test(other.word)) return true;
  if (!["text", "boolean", "dateTime"].includes(typeOf([one.word])) || isPlural(one.word) || isIdentifying([one.word]))
    return false;
  const alike = sharedPrefix(one.word, other.word) || (timed && modifies(one.word) && modifies(other.word));
  return alike || (timed && isPlural(head.word));
}

/** `start`, `due`: what can stand before a noun as its first half. */
function modifies(word: string): boolean {
  return isBaseVerb(word) || isAdjective(word);
}

function sharedPrefix(one: string, other: string): boolean {
  const [first] = one.split("-");
  return one.includes("-") && other.startsWith(`${first}-`);
}
