import { findVerb } from "./grammar.ts";
import { isFieldWord } from "./items.ts";
import { type Token, textOf } from "./tokens.ts";
import * as v from "./vocabulary.ts";
import { isBaseVerb, isPlural, isVerbAlone, startsWithVerb, thirdPersonVerb } from "./words.ts";

/** Cuts a sentence where a new clause starts: a subject with its verb, or a command. */
export function clauses(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [];
  let current: Token[] = [];
  tokens.forEach((token, index) => {
    const connective = token.kind !== "word" || token.word === "where" || token.word === "while";
    if (connective && current.length > 0 && startsClause(tokens.slice(index + 1))) {
      const subject = isPredicate(tokens.slice(index + 1)) ? subjectOf(current) : [];
      parts.push(current);
      current = [...subject];
      return;
    }
    current.push(token);
  });
  parts.push(current);
  return parts.filter((part) => part.some((token) => token.kind === "word"));
}

/** A verb with its object that has no subject of its own and is no wish: `… and cover several scenes`. */
function isPredicate(tokens: readonly Token[]): boolean {
  const first = tokens[0]?.word ?? "";
  return isCommand(tokens) && ![v.KEEP, v.VIEW, v.BUILD].some((verbs) => verbs.has(first));
}

/** The subject in the plural of a clause: who does the next thing too. */
function subjectOf(tokens: readonly Token[]): readonly Token[] {
  const verb = findVerb(tokens);
  const subject = tokens.slice(0, Math.max(verb, 0));
  const head = subject.at(-1)?.word ?? "";
  return isPlural(head) || ["we", "they", "i"].includes(head) ? subject : [];
}

function startsClause(all: readonly Token[]): boolean {
  let tokens = all;
  while (tokens[0] && (tokens[0].kind !== "word" || ["also", "then", "where"].includes(tokens[0].word)))
    tokens = tokens.slice(1);
  const next = tokens.findIndex((token) => token.kind !== "word");
  const span = next < 0 ? tokens : tokens.slice(0, next);
  const first = tokens[0]?.word ?? "";
  if (first === "whether" || first === "if") return false;
  if (v.MODAL.has(first) && span.length > 1) return true;
  if (/^(?:has|have|had|contains|includes|belongs?|consists?|is|are|was|were)$/.test(first) && span.length > 1)
    return true;
  if ((v.HAVE.has(first) || first === "belongs" || first === "belong") && v.DETERMINERS.has(span[1]?.word ?? ""))
    return true;
  if (isCommand(tokens)) return true;
  const verb = findVerb(span);
  const relative = span.findIndex((token) => v.RELATIVE.has(token.word));
  return verb > 0 && (relative < 0 || verb < relative) && !isMeasureQuestion(span);
}

function isMeasureQuestion(span: readonly Token[]): boolean {
  return span[0]?.word === "how";
}

/** A clause that starts with a verb and has no subject before it. */
export function isCommand(tokens: readonly Token[]): boolean {
  const [first, second] = tokens;
  if (first?.kind !== "word" || second?.kind !== "word") return false;
  if (v.HAVE.has(first.word) || v.BE.has(first.word) || isPlural(first.word)) return false;
  if (isPlural(second.word) && [v.HAVE, v.BE, v.MODAL].some((words) => words.has(tokens[2]?.word ?? ""))) return false;
  const verbs = v.KEEP.has(first.word) || v.VIEW.has(first.word) || v.BUILD.has(first.word);
  const other = isBaseVerb(first.word) && (v.DETERMINERS.has(second.word) || isPlural(second.word));
  if (!verbs && !other && !(isVerbAlone(first.word) && isBaseVerb(first.word) && startsWithVerb(textOf(tokens))))
    return false;
  if (v.AUXILIARY.has(second.word) || v.WITH.has(second.word) || v.PREPOSITIONS.has(second.word)) return false;
  const end = tokens.findIndex((token) => token.kind !== "word" || v.WITH.has(token.word));
  if (!verbs && v.WITH.has(tokens[end]?.word ?? "")) return false; // support tickets with …: a noun phrase
  const span = end < 0 ? tokens : tokens.slice(0, end);
  return (
    span.some((token, index) => index > 0 && (isPlural(token.word) || v.DETERMINERS.has(token.word))) ||
    (verbs && span.length === 2 && thirdPersonVerb(second.word) === undefined && !isFieldWord(second.word))
  );
}
