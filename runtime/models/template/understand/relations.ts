import { type Draft, type DraftEntity, keyOf } from "./draft.ts";
import { isIdentifying, isMeasure, toField, typeOf, unitType } from "./fieldType.ts";
import type { Item, Link } from "./grammar.ts";
import { isFieldLike, isQuantity, isThing, phraseOf, withFlags } from "./items.ts";
import * as v from "./vocabulary.ts";
import { isPerson, isPlural, singular } from "./words.ts";

const FLAGS: ReadonlySet<string> = new Set(["unique", "required", "optional"]);
const MOMENTS: ReadonlySet<string> = new Set(["date", "dateTime", "time"]);
/** Prepositions that place something in time or space, so that what follows is a property. */
const PLACING: ReadonlySet<string> = new Set(["on", "at", "in", "from", "to", "until", "by", "during"]);
const CLOCK = /^\d{1,2}(?:[:.]\d\d)?(?:am|pm)?$/;
const NUMERAL = /^(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten)$/;
/** Nouns that only say "where", and need no list of their own. */
const WHEREABOUTS: ReadonlySet<string> = new Set(["place", "location", "address", "spot", "position", "site"]);

/** What is known of an entity from an earlier pass over the same text. */
export interface Prior {
  readonly names: ReadonlySet<string>;
  readonly draft?: Draft;
}

/** Turns what hangs on a thing into fields, references and further entities of a draft. */
export class Relations {
  readonly draft: Draft;
  readonly #prior: Prior;
  readonly #readRelative: (entity: DraftEntity, item: Item) => void;
  /** What `it`, `they` or a missing subject refers to. */
  last: DraftEntity | undefined;

  constructor(draft: Draft, prior: Prior, readRelative: (entity: DraftEntity, item: Item) => void) {
    this.draft = draft;
    this.#prior = prior;
    this.#readRelative = readRelative;
  }

  /** The entity that an item names. */
  enter(item: Item): DraftEntity {
    return this.draft.entity(item.words.filter((word) => !FLAGS.has(word)));
  }

  /** The entity of a phrase; `plant` is the `houseplant` of which was spoken, if there is just one such. */
  resolve(words: readonly string[]): DraftEntity {
    const key = keyOf(words);
    const longer = [...this.draft.entities.keys()].filter((each) => each !== key && each.endsWith(key));
    const [only] = longer;
    return this.draft.entity(only && longer.length === 1 && !this.draft.entities.has(key) ? only.split(" ") : words);
  }

  /** Whether words name a thing that the text has spoken of, or will. */
  isKnown(words: readonly string[]): boolean {
    const key = keyOf(words);
    return this.#prior.names.has(key) || this.draft.entities.has(key);
  }

  /** Whether a thing has a date or time of its own, here or later in the text. */
  isDated(words: readonly string[]): boolean {
    const entities = [this.#prior.draft?.entities.get(keyOf(words)), this.draft.entities.get(keyOf(words))];
    return entities.some((entity) => entity?.fields.some((field) => MOMENTS.has(field.type)));
  }

  /** Whether a thing has a name or number of its own, here or later in the text. */
  isNamed(words: readonly string[]): boolean {
    const entities = [this.#prior.draft?.entities.get(keyOf(words)), this.draft.entities.get(keyOf(words))];
    return entities.some((entity) =>
      entity?.fields.some((field) => isIdentifying(field.label.toLowerCase().split(" "))),
    );
  }

  /** Parts, links and relative clause of an item that is an entity. */
  describe(entity: DraftEntity, item: Item, required: boolean): void {
    for (const link of item.links) this.attach(entity, link, required);
    this.children(entity, item.parts, "with");
    if (item.clause) this.#readRelative(entity, item);
    this.last = entity;
  }

  /** What an entity has: values become fields, things become entities that refer to it or that it refers to. */
  children(parent: DraftEntity, items: readonly Item[], how: "have" | "with"): void {
    const scheduled =
      parent.event || items.some((item) => MOMENTS.has(typeOf(item.words)) && !item.plural && item.words.length > 0);
    for (let index = 0; index < items.length; index += 1) {
      const [item, next] = items.slice(index, index + 2);
      if (!item) continue;
      const amounts =
        this.#amounts(item, next) ??
        ((scheduled || parent.fields.some((field) => MOMENTS.has(field.type))) && this.#joins(item) ? [] : undefined);
      if (item.words.length === 0) this.links(parent, item);
      else if (amounts) {
        this.#line(parent, item, amounts);
        if (item.parts.length === 0 && amounts.length > 0) index += 1;
      } else this.#child(parent, item, how, scheduled);
    }
    this.last = parent;
  }

  #child(parent: DraftEntity, item: Item, how: "have" | "with", scheduled: boolean): void {
    const known = this.isKnown(item.words);
    if (isFieldLike(item) && !(known && (item.plural || item.parts.length > 0))) {
      this.draft.field(parent, withFlags(toField(phraseOf(ownWords(parent, item))), item));
      const money = typeOf(item.words) === "money"; // rent per month: a rate, unless months are things
      for (const link of item.links)
        if (!(money && !this.isKnown(link.target.words)) && (link.target.each || link.preposition === "per"))
          this.draft.reference(parent, this.resolve(link.target.words), true);
    } else if (item.plural) {
      const child = this.enter(item);
      this.draft.reference(child, parent, true);
      this.describe(child, item, false);
    } else if (this.#role(item)) this.draft.reference(parent, this.resolve(item.words.slice(-1)), false, item.words);
    else if (known || item.parts.length > 0 || (scheduled && isPerson(keyOf(item.words)))) {
      const target = this.enter(item);
      this.draft.reference(parent, target, false);
      this.describe(target, { ...item, links: [] }, false);
      for (const link of item.links) this.attach(parent, link, true);
    } else {
      this.draft.field(parent, withFlags(toField(phraseOf(item)), item));
      for (const link of item.links)
        if (link.target.each || link.preposition === "per" || this.isKnown(link.target.words))
          this.draft.reference(parent, this.resolve(link.target.words), how === "with");
    }
  }

  /** `home team` where teams are known: a team in a role. */
  #role(item: Item): boolean {
    const { words, parts } = item;
    return (
      words.length === 2 && parts.length === 0 && !item.choices && !this.isKnown(words) && this.isKnown(words.slice(-1))
    );
  }

  /** `an outing with several members`: persons who are there before and after it. */
  #joins(item: Item): boolean {
    const before = this.#prior.draft?.entities.get(keyOf(item.words));
    const apart = before?.listed === true || before?.described === true;
    return item.plural && item.parts.length === 0 && apart && isPerson(keyOf(item.words));
  }

  /**
   * What is said of many things only in their relation to the owner: how many of each (`products with quantity`), or values of
   * things that are described on their own elsewhere.
   */
  #amounts(item: Item, next: Item | undefined): readonly Item[] | undefined {
    if (!item.plural || !isThing(item) || isMeasure(item.words) || item.links.length > 0) return undefined;
    if (item.parts.length === 0) return next && isQuantity(next) ? [next] : undefined;
    if (item.parts.every(isQuantity)) return item.parts;
    const apart = this.#prior.draft?.entities.get(keyOf(item.words))?.described === true;
    const values = item.parts.every((part) => !part.plural && !isIdentifying(part.words));
    return apart && values ? item.parts : undefined;
  }

  /** `orders have products with quantity`: a line of the order, with one product and its quantity. */
  #line(parent: DraftEntity, item: Item, amounts: readonly Item[]): void {
    const thing = this.enter(item);
    const [owner, target] = [parent.key, thing.key].map((key) => key.split(" ").at(-1) ?? key);
    const line = this.draft.entity([owner ?? "", target ?? ""]);
    line.event = true;
    line.undated = true;
    this.draft.reference(line, parent, true);
    this.draft.reference(line, thing, true);
    for (const amount of amounts) {
      const words = amount.words.map((word) => (isPlural(word) ? singular(word) : word));
      this.draft.field(line, toField(phraseOf({ ...amount, words })));
    }
  }

  /** All that a phrase without a noun says: `grouped in projects`. */
  links(entity: DraftEntity, item: Item): void {
    for (const link of item.links) this.attach(entity, link, true);
  }

  /** `at a start time` becomes a field, `in rooms` a reference; what is neither is reported. */
  attach(from: DraftEntity, { preposition, verb, target }: Link, required: boolean, clausal = false): void {
    const head = target.words.at(-1) ?? "";
    if (unitType(head) !== undefined && preposition === "in") return;
    if (preposition === "at" && CLOCK.test(head)) {
      this.draft.field(from, toField({ words: ["start", "time"] }));
      return;
    }
    if (this.#role(target) && !target.plural) {
      this.draft.reference(from, this.resolve(target.words.slice(-1)), required, target.words);
      return;
    }
    const said = target.determiner === "a" || target.determiner === "an" || isWeekdays(target.words);
    if (PLACING.has(preposition) && said && !this.isKnown(target.words) && isPlaced(target)) {
      this.draft.field(from, toField(phraseOf(target)));
      return;
    }
    const placed = clausal && !target.plural && PLACING.has(preposition) && target.determiner !== undefined;
    if ((placed || (verb !== undefined && v.GENERIC_SUBJECTS.has(head) && /^users?$/.test(head))) && isThing(target))
      this.draft.reference(from, this.resolve(target.words), required && !placed);
    else this.link(from, target, required);
  }

  /** A reference to a thing that a preposition leads to. */
  link(from: DraftEntity, target: Item, required: boolean): void {
    const thing = target.plural || target.each || this.isKnown(target.words) || isPerson(keyOf(target.words));
    const head = target.words.at(-1) ?? "";
    if (v.PRONOUNS.has(head) || v.GENERIC_SUBJECTS.has(head)) return;
    if (thing && isThing(target)) this.draft.reference(from, this.resolve(target.words), required);
    else if (!isMeasure(target.words)) this.draft.miss(target.source);
  }

  /** `screenings show a film in a venue at a time`: the subject has one of each. */
  refer(owner: DraftEntity, object: DraftEntity, item: Item): void {
    this.draft.reference(owner, object, true);
    for (const { target } of item.links) {
      if (isFieldLike(target)) this.children(owner, [target], "with");
      else if (isThing(target)) this.draft.reference(owner, this.resolve(target.words), false);
    }
    this.children(object, item.parts, "with");
    this.last = owner;
  }

  /** Somebody uses something: the use itself is a thing (`noun`), with both and a date. */
  use(owners: readonly DraftEntity[], noun: readonly string[], object: DraftEntity, item: Item): void {
    const event = this.draft.entity(noun);
    event.event = true;
    const own = item.parts.some((part) => isIdentifying(part.words)) ? object : event;
    for (const owner of owners) this.draft.reference(event, owner, true);
    // `members borrow books, each loan with a due date`: more about the use itself
    if (object !== event) this.draft.reference(event, object, true);
    this.#parts(own, item.parts);
    for (const { verb: how, preposition, target } of item.links) {
      if (how)
        this.link(object, target, true); // courses taught by teachers: of the course, not of its use
      else if (isFieldLike(target) && !NUMERAL.test(target.words[0] ?? ""))
        this.children(event, [target], "with"); // from a start date to an end date
      else if (isThing(target) && (target.plural || this.isKnown(target.words))) {
        const ofObject = item.plural && target.plural && ["at", "in", "of", "on", "within"].includes(preposition);
        this.link(ofObject ? object : event, target, false); // shifts at events: which event is the shift's matter
      }
    }
    this.last = own;
  }

  /** `agents show properties to clients at viewings with a date`: the noun at the end is what happens, with all the others. */
  happening(owners: readonly DraftEntity[], object: DraftEntity, item: Item, noun: Item): void {
    const event = this.enter(noun);
    event.event = true;
    for (const owner of owners) this.draft.reference(event, owner, true);
    this.draft.reference(event, object, true);
    for (const link of item.links) if (link.target !== noun) this.attach(event, link, true);
    this.#parts(event, item.parts);
    this.last = event;
  }

  /** `lessons with teachers`: persons take part in what is done, they are no parts of it. */
  #parts(entity: DraftEntity, parts: readonly Item[]): void {
    const along = parts.filter((part) => part.plural && part.parts.length === 0 && isPerson(keyOf(part.words)));
    for (const person of along) this.link(entity, person, false);
    this.children(
      entity,
      parts.filter((part) => !along.includes(part)),
      "with",
    );
  }

  /** `bring cars for repairs`: what is done with a thing belongs to the doing. */
  purpose(object: DraftEntity, item: Item): Item {
    const purposes = item.links.filter(
      ({ preposition, target }) =>
        preposition === "for" && target.plural && this.isDated(target.words) && !this.isDated(item.words),
    );
    for (const { target } of purposes) this.draft.reference(this.resolve(target.words), object, true);
    return { ...item, links: item.links.filter((link) => !purposes.includes(link)) };
  }

  /** Somebody does what is a thing of its own: `students take lessons with teachers`. */
  perform(owners: readonly DraftEntity[], object: DraftEntity, item: Item): void {
    for (const owner of owners) this.draft.reference(object, owner, true);
    for (const link of item.links) this.attach(object, link, true);
    this.#parts(object, item.parts);
  }
}

/** `order status` of an order is its status. */
function ownWords(parent: DraftEntity, item: Item): Item {
  const [first, ...rest] = item.words;
  return item.choices && first === parent.key && rest.length > 0 ? { ...item, words: rest } : item;
}

function isPlaced(target: Item): boolean {
  return isFieldLike(target) || WHEREABOUTS.has(target.words.at(-1) ?? "");
}

function isWeekdays(words: readonly string[]): boolean {
  return /^weekdays?$/.test(words.at(-1) ?? "");
}
