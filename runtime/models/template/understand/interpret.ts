import { clauses, isCommand } from "./clauses.ts";
import { type Draft, type DraftEntity, keyOf } from "./draft.ts";
import { isIdentifying, isMeasure, toField, typeOf } from "./fieldType.ts";
import { findVerb, type Item, ListReader } from "./grammar.ts";
import { isDetermined, isFieldLike, isState, isThing, phraseOf, withFlags, wordsOf } from "./items.ts";
import { type Token, textOf, tokenize } from "./tokens.ts";
import { viewOf } from "./views.ts";
import * as v from "./vocabulary.ts";
import { infinitive, isPerson, isPlural, nominal } from "./words.ts";

/** Reads clauses into a draft. `known` are the entities that an earlier pass over the same text has found. */
export class Interpreter {
  readonly draft: Draft;
  readonly #known: ReadonlySet<string>;
  /** What `it`, `they` or a missing subject refers to. */
  #last: DraftEntity | undefined;

  constructor(draft: Draft, known: ReadonlySet<string>) {
    this.draft = draft;
    this.#known = known;
  }

  /** One sentence: its introduction and its clauses. */
  sentence(text: string, first: boolean): void {
    const colon = /^([^():]{2,60}):\s*(\S.*)$/.exec(text);
    if (colon?.[1] && colon[2]) {
      const left = tokenize(colon[1]);
      const right = clauses(tokenize(colon[2]));
      const hasVerbs = right.some((clause) => findVerb(clause) >= 0 || isCommand(clause));
      if (!hasVerbs && !v.APP_NOUNS.has(left.at(-1)?.word ?? "")) {
        const whole: Token[] = [...left, { kind: "word", text: "with", word: "with" }, ...tokenize(colon[2])];
        if (first && !isPlural(left[0]?.word ?? "")) this.#introduction(whole);
        else this.#clause(whole);
        return;
      }
      if (first && findVerb(left) < 0 && !isCommand(left)) this.#introduction(left, true);
      else if (first) this.#introduction(left);
      else this.#clause(left);
      for (const clause of right) this.#clause(clause);
      return;
    }
    clauses(tokenize(text)).forEach((clause, index) => {
      if (first && index === 0) this.#introduction(clause);
      else this.#clause(clause);
    });
  }

  /** A list that somebody wants an entity to have. */
  give(owner: readonly string[], tokens: readonly Token[]): void {
    this.#children(this.draft.entity(owner), new ListReader(tokens).list(), "have");
  }

  /** `A library where …`, `Build an app to track …`, `A recipe app with …`; anything else is a clause. */
  #introduction(tokens: readonly Token[], titled = false): void {
    let rest = [...tokens];
    let built = false;
    while (
      rest[0] &&
      (v.BUILD.has(rest[0].word) ||
        [
          "i",
          "we",
          "me",
          "us",
          "my",
          "need",
          "want",
          "would",
          "like",
          "to",
          "can",
          "could",
          "you",
          "have",
          "help",
          "let's",
        ].includes(rest[0].word))
    ) {
      const [head] = rest;
      if (v.BUILD.has(head.word) || head.word === "need" || head.word === "want" || head.word === "like") built = true;
      rest = rest.slice(1);
    }
    if (!built) rest = [...tokens];
    const named = rest.findIndex((token, index) => index > 0 && (token.word === "called" || token.word === "named"));
    if (named > 0) {
      const name = rest.slice(named + 1).findIndex((token) => token.kind !== "word" || !/^[A-Z0-9]/.test(token.text));
      const end = name < 0 ? rest.length : named + 1 + Math.max(1, name);
      this.draft.title = textOf(rest.slice(named + 1, end));
      rest = [...rest.slice(0, named), ...rest.slice(end)];
    }
    const article = titled || ["a", "an", "the", "our", "my"].includes(rest[0]?.word ?? "");
    const cut = rest.findIndex((token, index) => index > 0 && (token.kind === "comma" || INTRO_ENDS.has(token.word)));
    const phrase = (cut < 0 ? rest : rest.slice(0, cut)).filter((token) => token.kind === "word");
    const appLike = phrase.some((token) => v.APP_NOUNS.has(token.word));
    const plain = phrase.filter((token) => !v.DETERMINERS.has(token.word));
    const hasVerb = findVerb(cut < 0 ? rest : rest.slice(0, cut + 1)) >= 0;
    const connector = rest[cut]?.word ?? "";
    const opens =
      cut < 0 ||
      titled ||
      (connector === "with" && isPlural(rest[cut + 1]?.word ?? "")) ||
      ["where", "that", "which", "for", "to", "in", "so"].includes(connector) ||
      appLike;
    if (
      plain.length === 0 ||
      (!built && !article && !appLike) ||
      hasVerb ||
      !opens ||
      (isPlural(plain.at(-1)?.word ?? "") && !appLike && !titled)
    ) {
      this.#clause(built ? rest : tokens);
      return;
    }
    const specific = plain.filter((token) => !v.APP_ADJECTIVES.has(token.word));
    const nouns = specific.filter((token) => !v.APP_NOUNS.has(token.word));
    if (nouns.length > 0) {
      this.draft.title ??= textOf(specific);
      if (appLike || cut < 0) this.draft.subject = nouns.map((token) => token.word);
    }
    this.#afterIntroduction(connector, cut < 0 ? [] : rest.slice(cut + 1), nouns.length === 0);
  }

  #afterIntroduction(connector: string, rest: readonly Token[], untitled: boolean): void {
    if (rest.length === 0) return;
    const first = rest[0]?.word ?? "";
    if (connector === "for" && !/ing$/.test(first) && findVerb(rest) < 0) {
      const cut = rest.findIndex((token, index) => index > 0 && (token.kind === "comma" || INTRO_ENDS.has(token.word)));
      const phrase = cut < 0 ? rest : rest.slice(0, cut);
      const words = phrase.filter((token) => token.kind === "word" && !v.DETERMINERS.has(token.word));
      if (!isPlural(words.at(-1)?.word ?? "") || words.length === 0) {
        if (untitled) this.draft.title ??= textOf(words);
        if (cut >= 0) this.#afterIntroduction(rest[cut]?.word ?? "", rest.slice(cut + 1), false);
        return;
      }
    }
    if (["that", "which", "to", "for", "can"].includes(connector)) {
      const verb = rest.findIndex(
        (token) =>
          ![
            "lets",
            "helps",
            "allows",
            "users",
            "people",
            "me",
            "us",
            "you",
            "to",
            "can",
            "will",
            "should",
            "easily",
          ].includes(token.word),
      );
      const lemma = infinitive(rest[verb]?.word ?? "");
      if (v.KEEP.has(lemma) || v.VIEW.has(lemma)) {
        this.#clause([{ kind: "word", text: lemma, word: lemma }, ...rest.slice(verb + 1)]);
        return;
      }
    }
    this.#clause(rest);
  }

  #clause(all: readonly Token[]): void {
    let tokens = all;
    while (tokens.length > 1 && (tokens[0]?.kind !== "word" || v.LEADS.has(tokens[0].word))) tokens = tokens.slice(1);
    while (tokens.length > 0 && tokens.at(-1)?.kind !== "word") tokens = tokens.slice(0, -1);
    if (tokens.length === 0) return;
    const view = viewOf(tokens, (words) => this.#isKnown(words));
    if (view) {
      this.draft.views.push(...view);
      return;
    }
    if (this.#marks(tokens) || this.#command(tokens)) return;
    const verb = findVerb(tokens);
    if (verb >= 0 || (v.AUXILIARY.has(tokens[0]?.word ?? "") && this.#last))
      this.#sentenceWith(tokens, Math.max(verb, 0));
    else this.#statements(new ListReader(tokens).list(), tokens);
  }

  /** `mark tasks as done`. */
  #marks(tokens: readonly Token[]): boolean {
    const match = /^(?:users? can |to )?(?:mark|flag|tag|set) (?:an? |the )?([\w -]+?) as ([\w -]+)$/i.exec(
      textOf(tokens),
    );
    if (!match?.[1] || !match[2]) return false;
    this.draft.field(this.draft.entity(wordsOf(match[1])), toField({ words: ["is", ...wordsOf(match[2])] }));
    return true;
  }

  /** `track invoices for customers with …`. */
  #command(tokens: readonly Token[]): boolean {
    if (!isCommand(tokens)) return false;
    const [head] = tokens;
    const lemma = infinitive(head?.word ?? "");
    const items = new ListReader(tokens, 1).list();
    if (!v.KEEP.has(lemma) && !v.VIEW.has(lemma) && !v.BUILD.has(lemma) && !v.USE.has(lemma)) {
      this.draft.miss(textOf(tokens));
      return true;
    }
    const [only] = items;
    if (
      only &&
      items.length === 1 &&
      !only.plural &&
      only.parts.length + only.links.length === 0 &&
      v.DETERMINERS.has(tokens[1]?.word ?? "") &&
      !this.#isKnown(only.words)
    ) {
      this.draft.title ??= only.words.join(" "); // to manage a library: what the app is about
      if (this.draft.subject.length === 0) this.draft.subject = only.words;
      return true;
    }
    this.#statements(items, tokens);
    return true;
  }

  /** Things that the app keeps, each with what hangs on it. `title, author and isbn of books` belong to the last. */
  #statements(items: readonly Item[], tokens: readonly Token[]): void {
    const owner = items.at(-1)?.links.find((link) => ["of", "for", "per"].includes(link.preposition))?.target;
    const singles = items.every((item) => !item.plural && item.parts.length === 0 && item.words.length > 0);
    if (owner && singles && (owner.plural || owner.each) && items.every((item) => isFieldLike(item))) {
      this.#children(
        this.#enter(owner),
        items.map((item) => ({ ...item, links: [] })),
        "with",
      );
      return;
    }
    for (const item of items) {
      if (item.words.length === 0 && this.#last) this.#links(this.#last, item);
      else if (item.choices || item.yesNo || !(isThing(item) || item.plural)) {
        if (this.#last && isFieldLike(item)) this.#children(this.#last, [item], "with");
        else this.draft.miss(item.source || textOf(tokens));
      } else this.#describe(this.#enter(item), item, true);
    }
  }

  /** Parts, links and relative clause of an item that is an entity. */
  #describe(entity: DraftEntity, item: Item, required: boolean): void {
    for (const link of item.links) this.#link(entity, link.target, required);
    this.#children(entity, item.parts, "with");
    if (item.clause) this.#relative(entity, item);
    this.#last = entity;
  }

  #relative(entity: DraftEntity, item: Item): void {
    const clause = item.clause ?? [];
    const subject = entity.key.split(" ").map((word) => ({ kind: "word" as const, text: word, word }));
    const plain = subject.map((token, index) =>
      index === subject.length - 1 && item.plural ? { ...token, word: item.words.at(-1) ?? token.word } : token,
    );
    for (const part of clauses([...plain, ...clause])) this.#clause(part);
  }

  #sentenceWith(tokens: readonly Token[], position: number): void {
    const subjects = position === 0 ? [] : new ListReader(tokens.slice(0, position)).list();
    const verb = tokens[position]?.word ?? "";
    const rest = tokens.slice(position + 1);
    const owner = this.#subject(subjects, verb, rest);
    if (v.HAVE.has(verb) || (v.MODAL.has(verb) && v.HAVE.has(rest[0]?.word ?? ""))) {
      const start = v.HAVE.has(verb) ? (["of", "to"].includes(rest[0]?.word ?? "") ? 1 : 0) : 1;
      if (owner.length === 0) this.#statements(new ListReader(rest, start).list(), tokens);
      for (const entity of owner) this.#children(entity, new ListReader(rest, start).list(), "have");
      return;
    }
    if (v.BE.has(verb) || (v.MODAL.has(verb) && v.BE.has(rest[0]?.word ?? ""))) {
      this.#being(owner, v.BE.has(verb) ? rest : rest.slice(1), tokens);
      return;
    }
    let acting = rest;
    let action = infinitive(verb);
    while (v.MODAL.has(action) || ["want", "need", "do", "able", "to", "also", "not"].includes(action)) {
      const [next] = acting;
      if (!next) break;
      action = infinitive(next.word);
      acting = acting.slice(1);
    }
    this.#action(owner, action, acting, tokens);
  }

  #subject(items: readonly Item[], verb: string, rest: readonly Token[]): DraftEntity[] {
    if (items.length === 0) return this.#last ? [this.#last] : [];
    const generic = !v.HAVE.has(verb) || rest.some((token) => v.KEEP.has(token.word));
    return items.flatMap((item) => {
      const head = item.words.at(-1) ?? "";
      if (v.PRONOUNS.has(head)) return this.#last ? [this.#last] : [];
      if (v.GENERIC_SUBJECTS.has(head) && (generic || ["i", "we", "you", "it", "app", "system"].includes(head)))
        return [];
      if (item.words.length === 0) return [];
      const entity = this.#enter(item);
      this.#children(entity, item.parts, "with");
      for (const link of item.links) this.#link(entity, link.target, true);
      return [entity];
    });
  }

  /** `is paid or unpaid`, `can be marked as done`, `is assigned to a volunteer`, `are taught by teachers`. */
  #being(owners: readonly DraftEntity[], rest: readonly Token[], all: readonly Token[]): void {
    const marked = ["marked", "flagged", "set", "tagged"].includes(rest[0]?.word ?? "") && rest[1]?.word === "as";
    const tokens = marked ? rest.slice(2) : rest;
    const [owner] = owners;
    if (!owner) {
      this.draft.miss(textOf(all));
      return;
    }
    const items = new ListReader(tokens).list();
    for (const item of items) {
      const state = item.words.length > 0 && !item.plural && (item.choices || marked || isState(item.words));
      if (item.words.length === 0) for (const each of owners) this.#links(each, item);
      else if (item.choices && item.words.length > 0)
        this.draft.field(owner, toField({ words: item.words, choices: item.choices }));
      else if (state) this.draft.field(owner, toField({ words: ["is", ...item.words] }));
      else this.draft.miss(textOf(all));
    }
    this.#last = owner;
  }

  #action(owners: readonly DraftEntity[], verb: string, rest: readonly Token[], all: readonly Token[]): void {
    let tokens = rest;
    while (["up", "out", "in", "to", "for", "off", "on", "into", "at"].includes(tokens[0]?.word ?? ""))
      tokens = tokens.slice(1);
    const items = new ListReader(tokens).list();
    const things = items.filter((item) => {
      const known = item.words.length > 0 && this.#isKnown(item.words);
      return known || (isThing(item) && (item.plural || item.parts.length > 0 || isDetermined(tokens)));
    });
    const [owner] = owners;
    if (things.length === 0) {
      if (!v.VIEW.has(verb)) this.draft.miss(textOf(all));
      return;
    }
    for (const item of things) {
      const object = this.#enter(item);
      if (owner && !item.plural && isDetermined(tokens) && !v.USE.has(verb)) this.#refer(owner, object, item);
      else if (!owner || v.VIEW.has(verb)) this.#describe(object, item, true);
      else if (verb === "belong") this.draft.reference(owner, object, true);
      else if (v.USE.has(verb)) this.#use(owners, verb, object, item);
      else {
        this.draft.reference(object, owner, !v.KEEP.has(verb));
        this.#describe(object, item, true);
      }
    }
    for (const item of items.filter((each) => !things.includes(each))) {
      if (owner && isFieldLike(item)) this.#children(owner, [item], "with");
      else this.draft.miss(item.source);
    }
  }

  /** `screenings show a film in a venue at a time`: the subject has one of each. */
  #refer(owner: DraftEntity, object: DraftEntity, item: Item): void {
    this.draft.reference(owner, object, true);
    for (const { target } of item.links) {
      if (isFieldLike(target)) this.#children(owner, [target], "with");
      else if (isThing(target)) this.draft.reference(owner, this.#resolve(target.words), false);
    }
    this.#children(object, item.parts, "with");
    this.#last = owner;
  }

  /** The entity of a phrase; `plant` is the `houseplant` of which was spoken, if there is just one such. */
  #resolve(words: readonly string[]): DraftEntity {
    const key = keyOf(words);
    const longer = [...this.draft.entities.keys()].filter((each) => each !== key && each.endsWith(key));
    const [only] = longer;
    return this.draft.entity(only && longer.length === 1 && !this.draft.entities.has(key) ? only.split(" ") : words);
  }

  /** Somebody uses something: the use itself is a thing, with both and a date. */
  #use(owners: readonly DraftEntity[], verb: string, object: DraftEntity, item: Item): void {
    const event = this.draft.entity([nominal(verb)]);
    event.event = true;
    const own = item.parts.some((part) => isIdentifying(part.words)) ? object : event;
    for (const owner of owners) this.draft.reference(event, owner, true);
    this.draft.reference(event, object, true);
    this.#children(own, item.parts, "with");
    for (const { verb: how, target } of item.links) {
      if (how)
        this.#link(object, target, true); // courses taught by teachers: of the course, not of its use
      else if (
        isFieldLike(target) &&
        !/^(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten)$/.test(target.words[0] ?? "")
      )
        this.#children(event, [target], "with"); // from a start date to an end date
      else if (isThing(target) && (target.plural || this.#isKnown(target.words))) this.#link(event, target, false);
    }
    this.#last = own;
  }

  /** What an entity has: values become fields, things become entities that refer to it or that it refers to. */
  #children(parent: DraftEntity, items: readonly Item[], how: "have" | "with"): void {
    const scheduled =
      parent.event || items.some((item) => ["date", "dateTime", "time"].includes(typeOf(item.words)) && !item.plural);
    for (const item of items) {
      if (item.words.length === 0) {
        this.#links(parent, item);
        continue;
      }
      const known = this.#isKnown(item.words);
      if (isFieldLike(item) && !(known && (item.plural || item.parts.length > 0))) {
        this.draft.field(parent, withFlags(toField(phraseOf(item)), item));
        for (const link of item.links)
          if (link.target.each || link.preposition === "per")
            this.draft.reference(parent, this.#resolve(link.target.words), true);
      } else if (item.plural) {
        const child = this.#enter(item);
        this.draft.reference(child, parent, true);
        this.#describe(child, item, false);
      } else if (known || item.parts.length > 0 || (scheduled && isPerson(keyOf(item.words)))) {
        const target = this.#enter(item);
        this.draft.reference(parent, target, false);
        this.#describe(target, { ...item, links: [] }, false);
        for (const link of item.links) this.#link(parent, link.target, true);
      } else {
        this.draft.field(parent, withFlags(toField(phraseOf(item)), item));
        for (const link of item.links)
          if (link.target.each || link.preposition === "per" || this.#isKnown(link.target.words))
            this.draft.reference(parent, this.#resolve(link.target.words), how === "with");
      }
    }
    this.#last = parent;
  }

  #links(entity: DraftEntity, item: Item): void {
    for (const link of item.links) this.#link(entity, link.target, true);
  }

  #link(from: DraftEntity, target: Item, required: boolean): void {
    const thing = target.plural || target.each || this.#isKnown(target.words) || isPerson(keyOf(target.words));
    const head = target.words.at(-1) ?? "";
    if (v.PRONOUNS.has(head) || v.GENERIC_SUBJECTS.has(head)) return;
    if (thing && isThing(target)) this.draft.reference(from, this.#resolve(target.words), required);
    else if (!isMeasure(target.words)) this.draft.miss(target.source);
  }

  #enter(item: Item): DraftEntity {
    return this.draft.entity(item.words.filter((word) => !["unique", "required", "optional"].includes(word)));
  }

  #isKnown(words: readonly string[]): boolean {
    const key = keyOf(words);
    return this.#known.has(key) || this.draft.entities.has(key);
  }
}

const INTRO_ENDS = new Set(["where", "that", "which", "for", "to", "with", "in", "so", "including", "of"]);
