import { clauses, isCommand } from "./clauses.ts";
import { sharedHeads } from "./coordination.ts";
import type { Draft, DraftEntity } from "./draft.ts";
import { isMeasure, toField, typeOf } from "./fieldType.ts";
import { findVerb, type Item, type Link, ListReader } from "./grammar.ts";
import { terse, thingsOf, WITH_TOKEN, withoutApp } from "./headings.ts";
import { readIntroduction } from "./introduction.ts";
import { isDetermined, isFieldLike, isState, isThing, unitOf, wordsOf } from "./items.ts";
import { type Prior, Relations } from "./relations.ts";
import { spelt } from "./spelling.ts";
import { withoutStory } from "./story.ts";
import { type Token, textOf, tokenize } from "./tokens.ts";
import { viewOf } from "./views.ts";
import * as v from "./vocabulary.ts";
import { infinitive, isPerson, isPlural, nominal, phrasal } from "./words.ts";

const PARTICLES: ReadonlySet<string> = new Set(["up", "out", "in", "to", "for", "off", "on", "into", "at"]);
/** Verbs that say little by themselves: what is done is told by their object. */
const LIGHT: ReadonlySet<string> = new Set(["take", "make", "do", "give", "place", "submit", "hold"]);
const MOMENTS: ReadonlySet<string> = new Set(["date", "dateTime", "time"]);

/** Reads clauses into a draft. `prior` is what an earlier pass over the same text has found. */
export class Interpreter {
  readonly draft: Draft;
  readonly #relations: Relations;

  constructor(draft: Draft, prior: Prior) {
    this.draft = draft;
    this.#relations = new Relations(draft, prior, (entity, item) => this.#relative(entity, item));
  }

  /** One sentence: its introduction and its clauses. */
  sentence(said: string, first: boolean): void {
    const { text, title } = withoutStory(spelt(said));
    if (title) this.draft.title ??= title;
    const colon = /^([^():]{2,120}):\s*(\S.*)$/.exec(text);
    if (colon?.[1] && colon[2]) {
      this.#titled(tokensOf(colon[1]), tokensOf(colon[2]), first);
      return;
    }
    const parts = clauses(tokensOf(text));
    parts.forEach((clause, index) => {
      const heading = parts.length > 1 && clause.length < 5 && clause.every((token) => token.kind === "word");
      const single = !isPlural(clause.at(-1)?.word ?? "") && findVerb(clause) < 0 && !isCommand(clause);
      if (first && index === 0) this.#introduction(clause, heading && single);
      else this.#clause(clause);
    });
  }

  /** A list that somebody wants an entity to have. */
  give(owner: readonly string[], tokens: readonly Token[]): void {
    this.#relations.children(this.draft.entity(owner), new ListReader(sharedHeads(tokens)).list(true), "have");
  }

  /** `Books: title, author`: the values of books. `Inventory: parts with sku, suppliers with phone`: an app and its things. */
  #titled(left: readonly Token[], list: readonly Token[], first: boolean): void {
    const right = clauses(list);
    const hasVerbs = right.some((clause) => findVerb(clause) >= 0 || isCommand(clause));
    const things = hasVerbs ? undefined : thingsOf(left, list);
    if (first && things) {
      this.#introduction(left, true);
      this.#clause(things);
      return;
    }
    if (!hasVerbs && !v.APP_NOUNS.has(left.at(-1)?.word ?? "")) {
      const owner = withoutApp(left);
      const whole = [...owner, WITH_TOKEN, ...list];
      if (first && !isPlural(owner[0]?.word ?? "") && owner === left) this.#introduction(whole);
      else this.#clause(whole);
      return;
    }
    if (first) this.#introduction(left, findVerb(left) < 0 && !isCommand(left));
    else this.#clause(left);
    for (const clause of right) this.#clause(clause);
  }

  #introduction(tokens: readonly Token[], titled = false): void {
    const { title, subject, rest } = readIntroduction(tokens, titled);
    if (title) this.draft.title ??= title;
    if (subject) this.draft.subject = subject;
    if (rest.length > 0) this.#clause(rest);
  }

  #clause(all: readonly Token[]): void {
    let tokens = all;
    while (tokens.length > 1 && (tokens[0]?.kind !== "word" || v.LEADS.has(tokens[0].word))) tokens = tokens.slice(1);
    while (tokens.length > 0 && tokens.at(-1)?.kind !== "word") tokens = tokens.slice(0, -1);
    if (tokens.length === 0) return;
    const view = viewOf(tokens, (words) => this.#relations.isKnown(words));
    if (view) {
      this.draft.views.push(...view);
      return;
    }
    if (this.#marks(tokens) || this.#command(tokens)) return;
    const verb = findVerb(tokens);
    if (verb >= 0 || (v.AUXILIARY.has(tokens[0]?.word ?? "") && this.#relations.last))
      this.#sentenceWith(tokens, Math.max(verb, 0));
    else this.#statements(new ListReader(terse(tokens)).list(), tokens);
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
    const shows = v.VIEW.has(lemma) && this.draft.entities.size > 0;
    const unknown = shows && items.some((item) => !this.#relations.isKnown(item.words) && item.parts.length === 0);
    if (unknown || (!v.KEEP.has(lemma) && !v.VIEW.has(lemma) && !v.BUILD.has(lemma) && !v.USE.has(lemma))) {
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
      !this.#relations.isKnown(only.words) &&
      !this.#relations.last
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
      const values = items.map((item) => ({ ...item, links: [] }));
      this.#relations.children(this.#relations.enter(owner), values, "with");
      return;
    }
    const many = items.filter((item) => item.plural && !unitOf(item)).length > 1;
    for (const item of items) this.#statement(item, tokens, many && item.plural);
  }

  #statement(item: Item, tokens: readonly Token[], sibling: boolean): void {
    const relations = this.#relations;
    const { last } = relations;
    const known = relations.isKnown(item.words);
    if (item.words.length === 0 && last) relations.links(last, item);
    else if (this.#attendance(item)) return;
    else if (last && !known && !sibling && isFieldLike(item) && item.parts.length === 0)
      relations.children(last, [item], "with");
    else if (item.choices || item.yesNo || !(isThing(item) || item.plural)) {
      if (last && isFieldLike(item)) relations.children(last, [item], "with");
      else this.draft.miss(item.source || textOf(tokens));
    } else {
      const entity = relations.enter(item);
      if (last && ["their", "its", "his", "her"].includes(item.determiner ?? ""))
        this.draft.reference(entity, last, true);
      if (item.parts.length > 0) entity.described = true;
      entity.listed = true;
      relations.describe(entity, item, true);
    }
  }

  /** `attendance of singers at rehearsals`: something done by many at many. */
  #attendance(item: Item): boolean {
    const of = item.words.indexOf("of");
    const places = item.links.filter(
      (link) => link.target.plural && ["at", "in", "for", "on"].includes(link.preposition),
    );
    const doers = item.words.slice(of + 1);
    if (of < 1 || item.plural || places.length === 0 || !isPlural(doers.at(-1) ?? "")) return false;
    const event = this.draft.entity(item.words.slice(0, of));
    event.event = true;
    this.draft.reference(event, this.#relations.resolve(doers), true);
    this.#relations.describe(event, item, true);
    return true;
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
      this.#having(owner, new ListReader(rest, start).list(true), tokens);
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

  #having(owners: readonly DraftEntity[], items: readonly Item[], all: readonly Token[]): void {
    if (owners.length === 0) this.#statements(items, all);
    for (const entity of owners) {
      entity.described = true;
      this.#relations.children(entity, items, "have");
    }
  }

  #subject(items: readonly Item[], verb: string, rest: readonly Token[]): DraftEntity[] {
    const relations = this.#relations;
    const { last } = relations;
    if (items.length === 0) return last ? [last] : [];
    const generic = !v.HAVE.has(verb) || rest.some((token) => v.KEEP.has(token.word));
    return items.flatMap((item) => {
      const head = item.words.at(-1) ?? "";
      if (v.PRONOUNS.has(head)) return last ? [last] : [];
      if (v.GENERIC_SUBJECTS.has(head) && (generic || ["i", "we", "you", "it", "app", "system"].includes(head)))
        return [];
      if (item.words.length === 0 || this.#isApp(item)) return [];
      const entity = relations.enter(item);
      relations.children(entity, item.parts, "with");
      for (const link of item.links) relations.link(entity, link.target, true);
      return [entity];
    });
  }

  /** `the practice` in an app for a dental practice: the app's own place, of which there is one. */
  #isApp({ words, plural, determiner }: Item): boolean {
    const title = this.draft.title?.toLowerCase().split(" ") ?? [];
    const said = ["the", "our", "my", "this"].includes(determiner ?? "") && words.length > 0 && !plural;
    return said && words.join(" ") === title.slice(-words.length).join(" ");
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
    const between = tokens[0]?.word === "between";
    for (const item of items) {
      const state = item.words.length > 0 && !item.plural && (item.choices || marked || isState(item.words));
      if (item.words.length === 0) for (const each of owners) this.#placed(each, item, true);
      else if (between) for (const each of owners) this.#placed(each, item, true);
      else if (item.choices && item.words.length > 0)
        this.draft.field(owner, toField({ words: item.words, choices: item.choices }));
      else if (state) this.draft.field(owner, toField({ words: ["is", ...item.words] }));
      else this.draft.miss(textOf(all));
    }
    this.#relations.last = owner;
  }

  #action(owners: readonly DraftEntity[], verb: string, rest: readonly Token[], all: readonly Token[]): void {
    const [owner] = owners;
    const person = owner !== undefined && isPerson(owner.key);
    // walkers walk dogs; a walk has a date
    const deed = person ? [verb, nominal(verb)].find((each) => this.#relations.isDated([each])) : undefined;
    const noun = phrasal(verb, rest[0]?.word ?? "") ?? [deed ?? nominal(verb)];
    if (owner && noun.length === 1 && !v.USE.has(verb) && this.#located(owners, rest)) return;
    let tokens = rest;
    while (PARTICLES.has(tokens[0]?.word ?? "")) tokens = tokens.slice(1);
    const items = new ListReader(tokens).list();
    const things = items.filter((item) => {
      const known = item.words.length > 0 && this.#relations.isKnown(item.words);
      return known || (isThing(item) && (item.plural || item.parts.length > 0 || isDetermined(tokens)));
    });
    if (things.length === 0) {
      if (!v.VIEW.has(verb)) this.draft.miss(textOf(all));
      return;
    }
    for (const item of things) {
      if (deed !== undefined) this.#relations.use(owners, noun, this.#relations.enter(item), item);
      else this.#act(owners, verb, noun, item, isDetermined(tokens));
    }
    for (const item of items.filter((each) => !things.includes(each))) {
      if (owner && isFieldLike(item)) this.#relations.children(owner, [item], "with");
      else this.draft.miss(item.source);
    }
  }

  /** One object of what somebody does. */
  #act(owners: readonly DraftEntity[], verb: string, noun: readonly string[], item: Item, determined: boolean): void {
    const relations = this.#relations;
    const [owner] = owners;
    const object = relations.enter(item);
    const happening = owner ? happeningOf(item) : undefined;
    const person = owner !== undefined && isPerson(owner.key);
    if (owner && happening && !v.USE.has(verb)) relations.happening(owners, object, item, happening.target);
    else if (owner && !person && (v.VIEW.has(verb) || v.KEEP.has(verb) || verb === "use") && item.plural) {
      owner.described = true;
      relations.children(owner, [item], "have"); // a prescription lists medicines
    } else if (owner && !item.plural && determined && !v.USE.has(verb)) relations.refer(owner, object, item);
    else if (!owner || v.VIEW.has(verb)) relations.describe(object, item, true);
    else if (verb === "belong") this.draft.reference(owner, object, true);
    else if (this.#performs(verb, item)) relations.perform(owners, object, item);
    else if (v.USE.has(verb)) relations.use(owners, noun, object, item);
    else if (LIGHT.has(verb)) relations.perform(owners, object, item);
    else {
      this.draft.reference(object, owner, !v.KEEP.has(verb));
      relations.describe(object, relations.purpose(object, item), true);
    }
  }

  /** Whether the object is the deed itself: `take lessons`, `book appointments`, not `book classes`, which have names. */
  #performs(verb: string, { words }: Item): boolean {
    const relations = this.#relations;
    if (!relations.isDated(words)) return false;
    return LIGHT.has(verb) || (["book", "order", "reserve"].includes(verb) && !relations.isNamed(words));
  }

  /** `courses occur in rooms on a weekday`: no object, only where and when. */
  #located(owners: readonly DraftEntity[], rest: readonly Token[]): boolean {
    if (!["in", "at", "on", "during", "from", "between"].includes(rest[0]?.word ?? "")) return false;
    const items = new ListReader(rest).list();
    const [first] = items;
    if (!first || first.words.length > 0 || first.links.length === 0) return false;
    for (const owner of owners) {
      for (const item of items) {
        this.#placed(owner, item);
      }
    }
    return true;
  }

  /** Where, when, between whom and with what something is. */
  #placed(owner: DraftEntity, item: Item, required?: boolean): void {
    for (const link of item.links) this.#relations.attach(owner, link, required ?? link.target.plural, true);
    if (item.words.length > 0) this.#relations.children(owner, [{ ...item, links: [], parts: [] }], "have");
    this.#relations.children(owner, item.parts, "have");
  }
}

/** `to clients at viewings with a date`: the event at the end of a phrase, which has the moment that is said. */
function happeningOf(item: Item): Link | undefined {
  const last = item.links.at(-1);
  const dated = item.parts.some((part) => !part.plural && MOMENTS.has(typeOf(part.words)));
  const at = last && ["at", "in", "during", "through", "via"].includes(last.preposition) && last.target.plural;
  return at && dated && isThing(last.target) && !isMeasure(last.target.words) ? last : undefined;
}

function tokensOf(text: string): Token[] {
  return sharedHeads(tokenize(text));
}
