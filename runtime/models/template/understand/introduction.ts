import { findVerb } from "./grammar.ts";
import { type Token, textOf } from "./tokens.ts";
import * as v from "./vocabulary.ts";
import { infinitive, isPlural } from "./words.ts";

/** What the first clause of a request says about the app, and the clause that it leaves to be read. */
export interface Introduction {
  readonly title?: string;
  /** The nouns of an app that says nothing else: `a recipe app`. */
  readonly subject?: readonly string[];
  readonly rest: readonly Token[];
}

const WISHING = new Set("i we me us my need want would like to can could you have help let's".split(" "));
const ENDS = new Set(["where", "that", "which", "for", "to", "with", "in", "so", "including", "of"]);
const OPENING = new Set(["where", "that", "which", "for", "to", "in", "so"]);
const LETTING = new Set("lets helps allows users people me us you to can will should easily".split(" "));

/** `A library where …`, `Build an app to track …`, `A recipe app with …`; anything else is left whole. */
export function readIntroduction(tokens: readonly Token[], titled = false): Introduction {
  const { built, rest: wish } = withoutWish(tokens);
  const { called, rest } = withoutName(wish);
  const cut = rest.findIndex((token, index) => index > 0 && (token.kind === "comma" || ENDS.has(token.word)));
  const phrase = (cut < 0 ? rest : rest.slice(0, cut)).filter((token) => token.kind === "word");
  const appLike = phrase.some((token) => v.APP_NOUNS.has(token.word));
  const plain = phrase.filter((token) => !v.DETERMINERS.has(token.word));
  const name = called === undefined ? {} : { title: called };
  if (!opens(rest, cut, titled, built) || isManyThings(plain, appLike || titled))
    return { ...name, rest: built ? rest : tokens };
  const specific = plain.filter((token) => !v.APP_ADJECTIVES.has(token.word));
  const nouns = specific.filter((token) => !v.APP_NOUNS.has(token.word));
  const connector = rest[cut]?.word ?? "";
  const after = afterIntroduction(connector, cut < 0 ? [] : rest.slice(cut + 1), nouns.length === 0);
  const title = called ?? (nouns.length > 0 ? textOf(specific) : after.title);
  const held = nouns.length > 1 && v.CONTAINERS.has(nouns.at(-1)?.word ?? "") ? nouns.slice(0, -1) : nouns;
  const subject = nouns.length > 0 && (appLike || cut < 0) ? held.map((token) => token.word) : undefined;
  return { ...(title ? { title } : {}), ...(subject ? { subject } : {}), rest: after.rest };
}

/** `I need`, `build me`: whether something was asked for, and what. */
function withoutWish(tokens: readonly Token[]): { built: boolean; rest: readonly Token[] } {
  let rest = tokens;
  let built = false;
  while (rest[0] && (v.BUILD.has(rest[0].word) || WISHING.has(rest[0].word))) {
    const { word } = rest[0];
    if (v.BUILD.has(word) || word === "need" || word === "want" || word === "like") built = true;
    rest = rest.slice(1);
  }
  return { built, rest: built ? rest : tokens };
}

/** `an app called Happy Paws with …`. */
function withoutName(tokens: readonly Token[]): { called?: string; rest: readonly Token[] } {
  const named = tokens.findIndex((token, index) => index > 0 && (token.word === "called" || token.word === "named"));
  if (named < 0) return { rest: tokens };
  const name = tokens.slice(named + 1).findIndex((token) => token.kind !== "word" || !/^[A-Z0-9]/.test(token.text));
  const end = name < 0 ? tokens.length : named + 1 + Math.max(1, name);
  const called = textOf(tokens.slice(named + 1, end));
  return { called, rest: [...tokens.slice(0, named), ...tokens.slice(end)] };
}

function opens(rest: readonly Token[], cut: number, titled: boolean, built: boolean): boolean {
  const phrase = cut < 0 ? rest : rest.slice(0, cut);
  const appLike = phrase.some((token) => v.APP_NOUNS.has(token.word));
  const first = rest[0]?.word ?? "";
  const connector = rest[cut]?.word ?? "";
  const manyWith = connector === "with" && isPlural(rest[cut + 1]?.word ?? "");
  const bare = isPlural(phrase.at(-1)?.word ?? "") ? false : manyWith || isForMany(connector, rest.slice(cut + 1));
  const article = titled || bare || ["a", "an", "the", "our", "my"].includes(first) || v.APP_ADJECTIVES.has(first);
  if (!built && !article && !appLike) return false;
  if (findVerb(cut < 0 ? rest : rest.slice(0, cut + 1)) >= 0) return false;
  return cut < 0 || titled || appLike || manyWith || OPENING.has(connector);
}

/** `library for tools`, and nothing else. */
function isForMany(connector: string, rest: readonly Token[]): boolean {
  return (
    connector === "for" &&
    rest.length <= 3 &&
    rest.every((token) => token.kind === "word") &&
    isPlural(rest.at(-1)?.word ?? "")
  );
}

function isManyThings(plain: readonly Token[], app: boolean): boolean {
  return plain.length === 0 || (isPlural(plain.at(-1)?.word ?? "") && !app);
}

function afterIntroduction(
  connector: string,
  rest: readonly Token[],
  untitled: boolean,
): { title?: string; rest: readonly Token[] } {
  if (rest.length === 0) return { rest };
  const first = rest[0]?.word ?? "";
  if (connector === "for" && !/ing$/.test(first) && findVerb(rest) < 0) {
    const cut = rest.findIndex((token, index) => index > 0 && (token.kind === "comma" || ENDS.has(token.word)));
    const phrase = cut < 0 ? rest : rest.slice(0, cut);
    const words = phrase.filter((token) => token.kind === "word" && !v.DETERMINERS.has(token.word));
    if (!isPlural(words.at(-1)?.word ?? "") || words.length === 0) {
      const title = untitled && words.length > 0 ? { title: textOf(words) } : {};
      if (cut < 0) return { ...title, rest: [] };
      return { ...title, rest: afterIntroduction(rest[cut]?.word ?? "", rest.slice(cut + 1), false).rest };
    }
  }
  if (["that", "which", "to", "for", "can"].includes(connector)) {
    const verb = rest.findIndex((token) => !LETTING.has(token.word));
    const lemma = infinitive(rest[verb]?.word ?? "");
    if (v.KEEP.has(lemma) || v.VIEW.has(lemma))
      return { rest: [{ kind: "word", text: lemma, word: lemma }, ...rest.slice(verb + 1)] };
  }
  return { rest };
}
