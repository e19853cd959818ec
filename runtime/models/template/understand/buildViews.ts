import type { Entity, Field, View } from "@devfactory/stacks/spec/index.ts";
import { className, type Draft, type DraftView, pluralLabel } from "./draft.ts";
import { camelWords } from "./fieldType.ts";
import { doneFilter, type Found, newState, notDone, progressFilter, stateFilter } from "./stateFilters.ts";
import { TIME_QUALIFIERS } from "./views.ts";
import { capital } from "./words.ts";

const TIMED: ReadonlySet<string> = new Set(["date", "dateTime"]);

/** An entity that a wish for a view is about, with the date that its words name. */
interface Target {
  readonly entity: Entity;
  /** `harvests` of plants that have a harvest date. */
  readonly date?: Field;
}

/** A wish for a view as filters over fields that exist; says so when no field fits. */
export function toView(wish: DraftView, entities: readonly Entity[], draft: Draft): View | undefined {
  const said = saidOf(wish);
  const target = targetOf(wish.entity, entities);
  if (!target) {
    draft.miss(`list ${said}`);
    return undefined;
  }
  const { entity } = target;
  if (wish.order) return ordered(wish.order, target);
  if (wish.qualifiers.length === 0 && !wish.sortBy && !wish.period) return undefined; // the list that each entity has anyway
  const found = allFilters(wish, target, draft, said);
  if (!found) return undefined;
  const sortField = wish.sortBy
    ? entity.fields.find((field) => field.name === camelWords(wish.sortBy ?? []))
    : undefined;
  if (wish.sortBy && !sortField) {
    draft.miss(`sorted by ${wish.sortBy.join(" ")}`);
    return undefined;
  }
  for (const note of found.notes) draft.miss(`list ${said}: ${note}`);
  const timed = found.filters.find((filter) => ["upcoming", "past", "today"].includes(filter.op));
  const field = sortField?.name ?? timed?.field;
  const direction = timed?.op === "past" && !said.includes("overdue") ? "descending" : "ascending";
  return {
    ...named(wish, target, sortField),
    entity: entity.name,
    filters: found.filters.slice(0, 5),
    ...(field ? { sort: { field, direction } } : {}),
  };
}

function saidOf({ qualifiers, entity, period }: DraftView): string {
  const things = pluralLabel(entity).toLowerCase();
  if (!period) return [...qualifiers, things].join(" ");
  const after = qualifiers.filter((word) => word === "due" || /ing$/.test(word));
  return [...qualifiers.filter((word) => !after.includes(word)), things, ...after, period.said].join(" ");
}

/** The entity of a noun: by its name, by the end of its name, or by a date that is named after the noun. */
function targetOf(noun: string, entities: readonly Entity[]): Target | undefined {
  const name = className(noun);
  const exact = entities.find((each) => each.name === name) ?? entities.find((each) => name.endsWith(each.name));
  if (exact) return { entity: exact };
  const longer = entities.filter((each) => each.name.endsWith(name));
  if (longer.length === 1 && longer[0]) return { entity: longer[0] };
  const first = camelWords(noun.split(" "));
  for (const entity of entities) {
    const date = entity.fields.find(
      (field) =>
        TIMED.has(field.type) && (field.name === first || /^(?:Date|Day|Time|On|At)$/.test(restOf(field.name, first))),
    );
    if (date) return { entity, date };
  }
  return undefined;
}

function restOf(name: string, start: string): string {
  return name.startsWith(start) ? name.slice(start.length) : "";
}

/** `latest posts`: all of them, by their date, or by when they were entered. */
function ordered(word: string, { entity }: Target): View {
  const direction = /^(?:oldest|earliest)$/.test(word) ? "ascending" : "descending";
  const field = dateOf(entity, false)?.name ?? "createdAt";
  const name = `${word}-${entity.plural}`;
  const title = capital(`${word} ${entity.labelPlural.toLowerCase()}`).slice(0, 80);
  return { name, title, entity: entity.name, filters: [], sort: { field, direction } };
}

function allFilters(
  wish: DraftView,
  { entity, date }: Target,
  draft: Draft,
  said: string,
): { filters: View["filters"]; notes: string[] } | undefined {
  const filters: View["filters"] = [];
  const notes: string[] = [];
  const add = (found: Found): void => {
    const fresh = found.filters.filter(
      (each) => !filters.some((old) => old.field === each.field && old.op === each.op),
    );
    filters.push(...fresh);
    if (found.note) notes.push(found.note);
  };
  const moved = wish.qualifiers.map((word) => dateOfVerb(word, entity)).find((each) => each !== undefined);
  for (const word of wish.qualifiers) {
    if (wish.period && (word in TIME_QUALIFIERS || dateOfVerb(word, entity))) continue; // due this week: the period says when
    const found = filtersFor(word, entity, wish.qualifiers, date);
    if (!found) {
      draft.miss(`list ${said}: nothing says which ${entity.labelPlural.toLowerCase()} are ${word}`);
      return undefined;
    }
    add(found);
  }
  if (wish.period) {
    const found = periodFilter(wish, entity, date ?? moved);
    if (!found) {
      draft.miss(`list ${said}: ${entity.labelPlural.toLowerCase()} have no date`);
      return undefined;
    }
    add(found);
  }
  return { filters, notes };
}

function filtersFor(word: string, entity: Entity, all: readonly string[], named: Field | undefined): Found | undefined {
  const time = TIME_QUALIFIERS[word];
  const byState = stateFilter(word, entity);
  if (!time) {
    if (byState) return { filters: byState };
    const other = doneFilter(word, entity) ?? progressFilter(word, entity);
    const made = other ? undefined : newState(word, entity);
    return other ?? (made ? { filters: made } : undefined);
  }
  if (word === "due" && all.includes("today")) return { filters: [] };
  const ends = word === "overdue" || word === "due" || word === "expired";
  const date = named ?? dateOf(entity, ends);
  if (!date) return byState ? { filters: byState } : undefined;
  const open = word === "overdue" || word === "late" ? notDone(entity) : [];
  return { filters: [{ field: date.name, op: time }, ...open] };
}

/** `ending` of what has an end date. */
function dateOfVerb(word: string, entity: Entity): Field | undefined {
  if (!/.{3}ing$/.test(word)) return undefined;
  const stem = word.slice(0, -3);
  return entity.fields.find((field) => TIMED.has(field.type) && field.name.toLowerCase().startsWith(stem));
}

/** The date by which an entity is listed; the one by which something is over, when that was asked for. */
function dateOf(entity: Entity, ends: boolean): Field | undefined {
  const dates = entity.fields.filter((field) => TIMED.has(field.type));
  const due = dates.find((field) => /due|deadline|expir|end|return|next/i.test(field.name));
  const usual = dates.find((field) => !/birth|created/i.test(field.name)) ?? dates[0];
  return ends ? (due ?? dates[0]) : usual;
}

/** `this week`, `the last 30 days`: a view knows only past, today and to come; what is narrowed is said. */
function periodFilter(wish: DraftView, entity: Entity, named: Field | undefined): Found | undefined {
  const { period } = wish;
  const date =
    named ??
    dateOf(
      entity,
      wish.qualifiers.some((word) => ["due", "overdue", "expiring"].includes(word)),
    );
  if (!period || !date) return undefined;
  const done = /^(?:date$)|(?:ed|paid|sent|bought|sold)(?:Date|On|At)?$/.test(date.name);
  const happened = done && entity.fields.some((field) => field.type === "money");
  const op = period.op ?? (happened && wish.qualifiers.length === 0 ? "past" : "upcoming");
  if (op === "today") return { filters: [{ field: date.name, op }] };
  const when = op === "past" ? "is past" : "is still to come";
  return {
    filters: [{ field: date.name, op }],
    note: `shown are all whose ${date.label.toLowerCase()} ${when}, not only ${period.said}`,
  };
}

function named(
  wish: DraftView,
  { entity, date }: Target,
  sortField: Field | undefined,
): { name: string; title: string } {
  const words = wish.qualifiers.map((word) => word.replace(/'s$/, ""));
  const things = date ? pluralLabel(wish.entity) : entity.labelPlural;
  const path = date ? things.toLowerCase().split(" ") : [entity.plural];
  const period = wish.period?.said.split(" ") ?? [];
  const sorted = sortField ? ["by", sortField.name.toLowerCase()] : [];
  const due = words.length === 1 && /^due$|ing$/.test(words[0] ?? "") && wish.period !== undefined;
  const parts = due ? [...path, ...words, ...period] : [...words, ...path, ...period, ...sorted];
  const clean = parts.map((word) => word.toLowerCase().replace(/[^a-z0-9-]/g, "")).filter(Boolean);
  const name = /^[a-z]/.test(clean[0] ?? "") ? clean.join("-") : ["list", ...clean].join("-");
  return {
    name: name.replace(/-+/g, "-").replace(/-$/, ""),
    title: titleOf(wish, things, sortField, due).slice(0, 80),
  };
}

function titleOf(wish: DraftView, things: string, sortField: Field | undefined, due: boolean): string {
  if (sortField) return `${things} by ${sortField.label.toLowerCase()}`;
  if (due) return `${things} ${wish.qualifiers[0]} ${wish.period?.said}`;
  if (wish.qualifiers.length === 1 && wish.qualifiers[0] === "today") return `${things} today`;
  return capital([...wish.qualifiers, things.toLowerCase(), wish.period?.said ?? ""].join(" ").trim());
}
