import { joinChoices } from "./choices.ts";
import { isMeasure } from "./fieldType.ts";
import { type Token, textOf, tokenize } from "./tokens.ts";
import { AUXILIARY, BE, DETERMINERS, HAVE, PREPOSITIONS, PRONOUNS, RELATIVE, WITH } from "./vocabulary.ts";
import { isAdjective, isBaseVerb, isParticiple, isPlural, thirdPersonVerb } from "./words.ts";

/** What a noun phrase is connected with: `for customers`, `grouped in projects`. */
export interface Link {
  readonly preposition: string;
  readonly verb?: string;
  readonly target: Item;
}

/** One element of a list with all that hangs on it. */
export interface Item {
  /** Without articles, in lower case; empty when only links were said (`grouped in projects`). */
  readonly words: readonly string[];
  readonly each: boolean;
  /** The first word before the noun that only points at it: `a`, `each`, `their`. */
  readonly determiner?: string;
  readonly plural: boolean;
  /** Whether it was said as a question of yes or no (`whether it is paid`). */
  readonly yesNo: boolean;
  readonly choices?: readonly string[];
  readonly note?: string;
  readonly parts: readonly Item[];
  readonly links: readonly Link[];
  /** A relative clause that is more than having parts: `who borrow books`. */
  readonly clause?: readonly Token[];
  readonly source: string;
}

/** Position of the finite verb, or -1. A subject in the plural goes with the base form, one in the singular with -s. */
export function findVerb(tokens: readonly Token[]): number {
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (!token || token.kind === "comma" || WITH.has(token.word)) return -1;
    if (index === 0 || token.kind !== "word") continue;
    if (AUXILIARY.has(token.word)) return index;
    const next = tokens[index + 1];
    const before = tokens[index - 1];
    if (before?.kind !== "word" || !next || next.kind !== "word") continue;
    if (PREPOSITIONS.has(before.word) || DETERMINERS.has(before.word)) continue;
    const pluralSubject = isPlural(before.word) || ["they", "we", "i", "you", "people"].includes(before.word);
    if (pluralSubject && isBaseVerb(token.word) && !WITH.has(next.word) && !isPlural(token.word)) return index;
    const objectFollows = DETERMINERS.has(next.word) || isPlural(next.word);
    if (pluralSubject || !startsSubject(tokens) || !thirdPersonVerb(token.word)) continue;
    const happens = ONE.has(tokens[0]?.word ?? "") && PREPOSITIONS.has(next.word);
    if (objectFollows || happens) return index;
  }
  return -1;
}

const ONE: ReadonlySet<string> = new Set(["a", "an", "each", "every", "it"]);

function startsSubject(tokens: readonly Token[]): boolean {
  return DETERMINERS.has(tokens[0]?.word ?? "") || PRONOUNS.has(tokens[0]?.word ?? "");
}

/** Reads lists of noun phrases with what hangs on them, from left to right. */
export class ListReader {
  readonly #tokens: readonly Token[];
  #at: number;

  constructor(tokens: readonly Token[], at = 0) {
    this.#tokens = tokens;
    this.#at = at;
  }

  /** The rest of the tokens as a list; `owned` when somebody has all of it. */
  list(owned = false): Item[] {
    return this.#list(0, owned);
  }

  #list(depth: number, owned: boolean): Item[] {
    const items: Item[] = [];
    let closed = false;
    while (this.#at < this.#tokens.length) {
      const start = this.#at;
      const separator = this.#skipSeparators();
      if (depth > 0 && items.length > 0 && this.#returns(items, start, owned || depth > 1, closed)) {
        this.#at = start;
        break;
      }
      closed ||= separator === "and" && items.length > 0;
      const before = this.#at;
      const item = this.#item(depth, owned);
      if (this.#at === before) this.#at += 1; // nothing that fits: step over it
      if (!item) continue;
      const previous = items.at(-1);
      if (previous && item.words.length === 0 && item.links.length === 0) {
        items[items.length - 1] = { ...previous, parts: [...previous.parts, ...item.parts] }; // habits, with a name
        continue;
      }
      if (separator === "or") items.push(joinChoices(items, item));
      else items.push(item);
    }
    return items;
  }

  #peek(offset = 0): Token | undefined {
    return this.#tokens[this.#at + offset];
  }

  #skipSeparators(): Token["kind"] | undefined {
    let last: Token["kind"] | undefined;
    for (let token = this.#peek(); token && token.kind !== "word"; token = this.#peek()) {
      last = token.kind;
      this.#at += 1;
    }
    return last;
  }

  /**
   * Whether what follows belongs to the list outside: after `products with quantity` comes `, a pickup date` of the order;
   * after `parts with sku and price` comes `, suppliers with …`, a thing like parts.
   */
  #returns(items: readonly Item[], start: number, owned: boolean, closed: boolean): boolean {
    const separators = this.#tokens.slice(start, this.#at);
    const first = this.#peek()?.word ?? "";
    if (owned && (first === "a" || first === "an")) return items.every((item) => item.determiner === undefined);
    const open = !closed && items.some((item) => item.plural && !isMeasure(item.words));
    if (!separators.some((token) => token.kind === "comma") || open) return false;
    let at = this.#at;
    while (DETERMINERS.has(this.#tokens[at]?.word ?? "")) at += 1;
    const noun = this.#tokens.findIndex((token, index) => index >= at && !startsPhraseOnly(token));
    const end = noun < 0 ? this.#tokens.length : noun;
    const head = this.#tokens[end - 1];
    if (end <= at || !head || !isPlural(head.word) || isMeasure([head.word])) return false;
    const next = this.#tokens[end]?.word ?? "";
    return WITH.has(next) || RELATIVE.has(next) || PREPOSITIONS.has(next) || head.note !== undefined;
  }

  #item(depth: number, owned: boolean): Item | undefined {
    const start = this.#at;
    const links: Link[] = [];
    const parts: Item[] = [];
    const yesNo = this.#whether();
    const { words, note, each, phrase, determiner } = this.#words();
    let clause: Token[] | undefined;
    for (let token = this.#peek(); token?.kind === "word"; token = this.#peek()) {
      const before = this.#at;
      if (WITH.has(token.word)) {
        this.#at += 1;
        parts.push(...this.#list(depth + 1, owned));
      } else if (RELATIVE.has(token.word)) {
        clause = this.#relative(parts, depth, owned);
      } else {
        const link = this.#link();
        if (link) links.push(link);
      }
      if (this.#at === before) break;
    }
    if (words.length === 0 && links.length === 0 && parts.length === 0) return undefined;
    const source = textOf(this.#tokens.slice(start, this.#at));
    const plural = phrase !== undefined && isPlural(phrase) && !yesNo;
    const listed = note !== undefined && plural && !isMeasure(words) && /,|\band\b/.test(note) && !isStateNote(words);
    if (listed) parts.push(...new ListReader(tokenize(note.replace(/^with\s+/, ""))).list());
    return {
      words,
      each,
      plural,
      yesNo,
      parts,
      links,
      source,
      ...(note && !listed ? { note } : {}),
      ...(determiner ? { determiner } : {}),
      ...(clause ? { clause } : {}),
    };
  }

  /** `whether it is`, `if they are`: what follows is a yes or no. */
  #whether(): boolean {
    const first = this.#peek()?.word;
    if (first !== "whether" && first !== "if") return false;
    const verb = this.#tokens.findIndex(
      (token, index) => index > this.#at && index < this.#at + 4 && (BE.has(token.word) || HAVE.has(token.word)),
    );
    if (verb < 0) return false;
    this.#at = verb + 1;
    while (BE.has(this.#peek()?.word ?? "")) this.#at += 1;
    return true;
  }

  #words(): { words: string[]; note?: string; each: boolean; phrase?: string; determiner?: string } {
    const words: string[] = [];
    let note: string | undefined;
    let each = false;
    let phrase: string | undefined;
    let determiner: string | undefined;
    for (let token = this.#peek(); token?.kind === "word"; token = this.#peek()) {
      const { word } = token;
      if (words.length === 0 && DETERMINERS.has(word)) {
        each ||= word === "each" || word === "every";
        determiner ??= word;
        this.#at += 1;
        continue;
      }
      if (word === "of" && words.length > 0 && !isPlural(words.at(-1) ?? "")) {
        words.push(word);
        this.#at += 1;
        while (DETERMINERS.has(this.#peek()?.word ?? "")) this.#at += 1;
        continue;
      }
      if (this.#ends(token, words)) break;
      words.push(word.replace(/'s?$/, ""));
      if (!words.includes("of")) phrase = words.at(-1);
      note = token.note ?? note;
      this.#at += 1;
      const next = this.#peek();
      if (next && ["on", "at"].includes(next.word) && isParticiple(word) && this.#peek(1)?.kind !== "word") {
        words.push(next.word); // applied on: the day, not what it lies on
        this.#at += 1;
        break;
      }
      if (note !== undefined) break;
    }
    while (words.at(-1) === "of") words.pop();
    const said = { ...(note ? { note } : {}), ...(phrase ? { phrase } : {}), ...(determiner ? { determiner } : {}) };
    return { words, each, ...said };
  }

  #ends(token: Token, words: readonly string[]): boolean {
    if (WITH.has(token.word) || RELATIVE.has(token.word)) return true;
    const label =
      words.length === 0 && (token.word === "from" || token.word === "to") && this.#peek(1)?.kind !== "word";
    if (PREPOSITIONS.has(token.word) && !label)
      return words.length > 0 || token.word !== "in" || !isAdjectiveLike(this.#peek(1)?.word);
    const next = this.#peek(1)?.word ?? "";
    return isParticiple(token.word) && LINKING.has(next) && this.#peek(2)?.kind === "word";
  }

  #link(): Link | undefined {
    const first = this.#peek();
    if (!first) return undefined;
    let verb: string | undefined;
    if (!PREPOSITIONS.has(first.word)) {
      if (!isParticiple(first.word) || !LINKING.has(this.#peek(1)?.word ?? "")) return undefined;
      verb = first.word;
      this.#at += 1;
    }
    const preposition = this.#peek()?.word ?? "";
    const start = this.#at;
    this.#at += 1;
    const { words, each, note, phrase, determiner } = this.#words();
    if (words.length === 0) return undefined;
    const source = textOf(this.#tokens.slice(start, this.#at));
    const plural = phrase !== undefined && isPlural(phrase);
    const said = { ...(note ? { note } : {}), ...(determiner ? { determiner } : {}) };
    const target: Item = { words, each, plural, yesNo: false, parts: [], links: [], source, ...said };
    return { preposition, target, ...(verb ? { verb } : {}) };
  }

  /** `that have a name`, `whose name …` add parts; any other relative clause is returned for the caller. */
  #relative(parts: Item[], depth: number, owned: boolean): Token[] | undefined {
    const relative = this.#peek()?.word;
    this.#at += 1;
    if (relative === "whose" || HAVE.has(this.#peek()?.word ?? "")) {
      if (relative !== "whose") this.#at += 1;
      parts.push(...this.#list(depth + 1, owned));
      return undefined;
    }
    const start = this.#at;
    for (this.#at += 1; this.#at < this.#tokens.length; this.#at += 1) {
      const comma = this.#at;
      if (this.#peek()?.kind !== "comma") continue;
      this.#skipSeparators();
      const ends = this.#returns([], comma, false, true);
      this.#at = comma;
      if (ends) break;
    }
    return this.#tokens.slice(start, this.#at);
  }
}

const LINKING = new Set(["in", "by", "to", "into", "on", "at", "from", "with", "for", "under"]);

/** Whether a word can go on with a noun phrase. */
function startsPhraseOnly(token: Token): boolean {
  return token.kind === "word" && !WITH.has(token.word) && !RELATIVE.has(token.word) && !PREPOSITIONS.has(token.word);
}

/** `statuses (open, closed)`: values, not parts. */
function isStateNote(words: readonly string[]): boolean {
  return /^(?:statuses|states|stages|phases|priorities|types|kinds|categories|levels|sizes|roles|methods|conditions)$/.test(
    words.at(-1) ?? "",
  );
}

function isAdjectiveLike(word: string | undefined): boolean {
  return word !== undefined && (word === "progress" || isAdjective(word));
}
