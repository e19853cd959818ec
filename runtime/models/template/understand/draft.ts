import type { Field } from "@devfactory/stacks/spec/index.ts";
import { camelWords } from "./fieldType.ts";
import { capital, isPlural, plural, singular } from "./words.ts";

/** An entity in the making. */
export interface DraftEntity {
  /** Words in the singular, in lower case: `order line`. */
  readonly key: string;
  fields: Field[];
  /** Made from a verb: `members borrow books` → loan. */
  event: boolean;
  /** A line of something else, which has the date. */
  undated?: boolean;
  /** Of which the text says itself what it has, not only as a part of others. */
  described?: boolean;
  /** That the text names as a thing of its own, not as a part of another. */
  listed?: boolean;
  /** Name of the entity of the model that it stands for. */
  readonly existing?: string;
}

export interface DraftView {
  readonly entity: string;
  /** Words before the noun, as said: `overdue`, `today's`. */
  readonly qualifiers: readonly string[];
  readonly sortBy?: readonly string[];
  readonly period?: Period;
  /** `latest`, `oldest`: by time, whatever the field is called. */
  readonly order?: string;
}

/** A stretch of time as said, and the nearest that a view can tell; without `op` the words leave open which side of today. */
export interface Period {
  readonly said: string;
  readonly op?: "upcoming" | "past" | "today";
}

/** What was understood so far. */
export class Draft {
  readonly entities = new Map<string, DraftEntity>();
  readonly views: DraftView[] = [];
  readonly notUnderstood: string[] = [];
  /** Noun phrase that names the app. */
  title: string | undefined;
  /** The nouns of an app that says nothing else: `a recipe app`. */
  subject: readonly string[] = [];

  readonly #aliases: ReadonlyMap<string, string>;

  constructor(aliases: ReadonlyMap<string, string> = new Map()) {
    this.#aliases = aliases;
  }

  entity(words: readonly string[]): DraftEntity {
    const said = keyOf(words);
    const key = this.#aliases.get(said) ?? said;
    // `to-do` and `to do` would have one name.
    const found = this.entities.get(key) ?? [...this.entities.values()].find((each) => nameOf(each) === className(key));
    if (found) return found;
    const made: DraftEntity = { key, fields: [], event: false };
    this.entities.set(key, made);
    return made;
  }

  field(entity: DraftEntity, field: Field): void {
    const index = entity.fields.findIndex((each) => each.name === field.name);
    if (index < 0) entity.fields.push(field);
    else if (entity.fields[index]?.type === "text") entity.fields[index] = field;
  }

  /**
   * A reference named after its `role` (`home team`), or after what it refers to. One to its own kind is never required: the
   * first of a kind could not be made.
   */
  reference(from: DraftEntity, to: DraftEntity, required: boolean, role?: readonly string[]): void {
    const target = nameOf(to);
    const own = from === to ? ["parent", ...to.key.split(" ")] : to.key.split(" ");
    const name = camelWords(role ?? own);
    const label = capital((role ?? own).join(" "));
    const index = from.fields.findIndex((field) => field.name === name);
    const known = from.fields[index];
    const field: Field = {
      name,
      label,
      type: "reference",
      required: from !== to && (required || known?.required === true),
      unique: false,
      entity: target,
    };
    if (index >= 0) from.fields[index] = field;
    else from.fields.push(field);
  }

  miss(text: string): void {
    const clean = text.trim();
    if (clean !== "" && !this.notUnderstood.includes(clean)) this.notUnderstood.push(clean);
  }
}

/** The last three words in the singular: what makes two phrases the same thing. */
export function keyOf(words: readonly string[]): string {
  const of = words.indexOf("of");
  const own = (of > 0 ? words.slice(0, of) : words).slice(-3);
  return own.map((word, index) => (index === own.length - 1 && isPlural(word) ? singular(word) : word)).join(" ");
}

/** The name in the model. */
function nameOf(entity: DraftEntity): string {
  return entity.existing ?? className(entity.key);
}

/** Whether something of it is left in names, which have Latin letters and digits alone. */
export function isNameable(key: string): boolean {
  return /[a-z0-9]/i.test(key.normalize("NFKD"));
}

/** `order line` → `OrderLine`; always a valid name. */
export function className(key: string): string {
  return capital(camelWords(key.split(/[\s-]+/)));
}

/** `order line` → `order-lines`. */
export function pathName(key: string): string {
  const words = key.split(/[\s-]+/);
  const last = plural(words.at(-1) ?? "item");
  const path = [...words.slice(0, -1), last]
    .map((word) => word.normalize("NFKD").replace(/[^a-z0-9]/g, ""))
    .filter(Boolean)
    .join("-");
  if (!/^[a-z]/.test(path)) return `items-${path}`.replace(/-$/, "");
  return path === "views" ? "view-items" : path;
}

/** `order line` → `Order lines`. */
export function pluralLabel(key: string): string {
  const words = key.split(" ");
  return capital([...words.slice(0, -1), plural(words.at(-1) ?? "item")].join(" "));
}
