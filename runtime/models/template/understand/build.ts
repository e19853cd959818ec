import type { DataModel, Entity, Field, View } from "@devfactory/stacks/spec/index.ts";
import { className, type Draft, type DraftEntity, type DraftView, pathName, pluralLabel } from "./draft.ts";
import { camelWords, isIdentifying } from "./fieldType.ts";
import { TIME_QUALIFIERS } from "./views.ts";
import { capital, isPerson } from "./words.ts";

const MAX_ENTITIES = 30;
const TIMED: ReadonlySet<string> = new Set(["date", "dateTime"]);

/** The data model of a draft, with what makes each entity usable; adds to `notUnderstood` what cannot be shown. */
export function buildModel(draft: Draft): DataModel {
  const drafts = [...draft.entities.values()].slice(0, MAX_ENTITIES);
  for (const entity of [...draft.entities.values()].slice(MAX_ENTITIES))
    draft.miss(`${entity.key} (an app has at most ${MAX_ENTITIES} kinds of things)`);
  const entities = drafts.map(toEntity);
  for (const entity of entities) {
    const unknown = entity.fields.filter(
      (field) => field.entity && !entities.some((each) => each.name === field.entity),
    );
    entity.fields = entity.fields.filter((field) => !unknown.includes(field));
  }
  const views: View[] = [];
  for (const wish of draft.views) {
    const view = toView(wish, entities, draft);
    if (view && !views.some((each) => each.name === view.name)) views.push(view);
  }
  return { entities, views };
}

/** A model with what was read into a draft of it: entities that were there keep their names and only gain. */
export function mergeDraft(model: DataModel, draft: Draft): DataModel {
  const entities: Entity[] = [];
  for (const each of draft.entities.values()) {
    const before = model.entities.find((entity) => entity.name === each.existing);
    entities.push(before ? { ...before, fields: each.fields.slice(0, 40) } : toEntity(each));
  }
  const views = [...model.views];
  for (const wish of draft.views) {
    const view = toView(wish, entities, draft);
    if (view && !views.some((other) => other.name === view.name)) views.push(view);
  }
  return { entities: entities.slice(0, MAX_ENTITIES), views };
}

function toEntity(draft: DraftEntity): Entity {
  const fields = completeFields(draft);
  return {
    name: className(draft.key),
    plural: pathName(draft.key),
    label: capital(draft.key).slice(0, 60),
    labelPlural: pluralLabel(draft.key).slice(0, 60),
    fields,
    display: displayOf(fields),
  };
}

/** A name for what has none; an e-mail address for people of whom nothing was said; a date for what happens. */
function completeFields(draft: DraftEntity): Field[] {
  const given = datedTimes(draft.fields.slice(0, 38));
  const own = given.filter((field) => field.type !== "reference");
  const person = isPerson(draft.key);
  const named = own.some((field) => isIdentifying(field.label.toLowerCase().split(" ")));
  const dated = own.some((field) => TIMED.has(field.type) && !/birth|created|added/i.test(field.name));
  const charged = own.some((field) => field.type === "money") && given.some((field) => field.type === "reference");
  const happens = draft.event || dated || charged;
  const name = plainField("name", "Name", "text", true);
  if (draft.event) {
    return dated ? order(given) : order([...given, plainField("date", "Date", "date", false)]);
  }
  if (own.length === 0) {
    const contact = person ? [plainField("email", "Email", "email", false)] : [];
    return [name, ...contact, ...given];
  }
  if (!named && (person || !happens)) return [name, ...order(given)];
  return order(given);
}

/** A time without a date beside it is a moment: `start time` of an event. */
function datedTimes(fields: readonly Field[]): Field[] {
  const dated = fields.some((field) => TIMED.has(field.type));
  const moment = (field: Field): boolean =>
    field.type === "time" && /^(?:time|start|end|begin|depart|arriv|meet)/.test(field.name);
  return fields.map((field) => (!dated && moment(field) ? { ...field, type: "dateTime" } : field));
}

/** What identifies comes first, and a thing has at least one field that must be filled in. */
function order(fields: readonly Field[]): Field[] {
  const rank = (field: Field): number =>
    isIdentifying(field.label.toLowerCase().split(" ")) && /^(?:name|title)$/.test(field.name) ? 0 : 1;
  const sorted = [...fields].sort((a, b) => rank(a) - rank(b));
  if (sorted.some((field) => field.required)) return sorted;
  const first = sorted.findIndex((field) => field.type !== "boolean");
  return sorted.map((field, index) => (index === first ? { ...field, required: true } : field));
}

function plainField(name: string, label: string, type: Field["type"], required: boolean): Field {
  return { name, label, type, required, unique: false };
}

/** The fields that name an item: what identifies it, else text, else a date with a second word, else what it refers to. */
export function displayOf(fields: readonly Field[]): string[] {
  const identifying =
    fields.find((field) => isIdentifying(field.label.toLowerCase().split(" ")) && field.required) ??
    fields.find((field) => isIdentifying(field.label.toLowerCase().split(" ")));
  if (identifying) return [identifying.name];
  const dated = fields.find((field) => TIMED.has(field.type));
  const references = fields.filter((field) => field.type === "reference");
  const text = fields.find((field) => field.type === "text");
  if (dated) return [...new Set([references[0]?.name ?? text?.name, dated.name].filter((name) => name !== undefined))];
  if (text) return [text.name];
  if (references.length > 0) return references.slice(0, 2).map((field) => field.name);
  return [fields.find((field) => field.type !== "boolean")?.name ?? fields[0]?.name ?? "id"];
}

/** A wish for a view as filters over fields that exist; says so when no field fits. */
function toView(wish: DraftView, entities: readonly Entity[], draft: Draft): View | undefined {
  const name = className(wish.entity);
  const entity = entities.find((each) => each.name === name) ?? entities.find((each) => name.endsWith(each.name));
  const said = [...wish.qualifiers, wish.entity].join(" ");
  if (!entity) {
    draft.miss(`list ${said}`);
    return undefined;
  }
  if (wish.qualifiers.length === 0 && !wish.sortBy) return undefined; // the list that each entity has anyway
  const filters: View["filters"] = [];
  for (const word of wish.qualifiers) {
    const found = filtersFor(word, entity, wish.qualifiers) ?? newState(word, entity);
    if (!found) {
      draft.miss(`list ${said}: nothing says which ${entity.labelPlural.toLowerCase()} are ${word}`);
      return undefined;
    }
    filters.push(
      ...found.filter((filter) => !filters.some((other) => other.field === filter.field && other.op === filter.op)),
    );
  }
  const sortField = wish.sortBy
    ? entity.fields.find((field) => field.name === camelWords(wish.sortBy ?? []))
    : undefined;
  if (wish.sortBy && !sortField) {
    draft.miss(`sorted by ${wish.sortBy.join(" ")}`);
    return undefined;
  }
  const timed = filters.find((filter) => ["upcoming", "past", "today"].includes(filter.op));
  const field = sortField?.name ?? timed?.field;
  const words = wish.qualifiers.map((word) => word.replace(/'s$/, ""));
  const title = sortField
    ? `${entity.labelPlural} by ${sortField.label.toLowerCase()}`
    : titleOf(wish.qualifiers, entity);
  return {
    name: [
      ...words.map((word) => word.replace(/[^a-z0-9]/g, "")),
      entity.plural,
      ...(sortField ? ["by", sortField.name.toLowerCase()] : []),
    ]
      .filter(Boolean)
      .join("-"),
    title: title.slice(0, 80),
    entity: entity.name,
    filters: filters.slice(0, 5),
    ...(field
      ? {
          sort: {
            field,
            direction:
              timed?.op === "past" && !said.includes("overdue") ? ("descending" as const) : ("ascending" as const),
          },
        }
      : {}),
  };
}

function titleOf(qualifiers: readonly string[], entity: Entity): string {
  if (qualifiers.length === 1 && qualifiers[0] === "today") return `${entity.labelPlural} today`;
  return capital(`${qualifiers.join(" ")} ${entity.labelPlural.toLowerCase()}`);
}

function filtersFor(word: string, entity: Entity, all: readonly string[]): View["filters"] | undefined {
  const time = TIME_QUALIFIERS[word];
  const dates = entity.fields.filter((field) => TIMED.has(field.type));
  const byState = stateFilter(word, entity);
  if (!time) return byState;
  if (word === "due" && all.includes("today")) return [];
  const due = dates.find((field) => /due|deadline|expir|end|return/i.test(field.name));
  const date =
    word === "overdue" || word === "due" || word === "expired"
      ? (due ?? dates[0])
      : (dates.find((field) => !/birth|created/i.test(field.name)) ?? dates[0]);
  if (!date) return byState;
  const filter = { field: date.name, op: time };
  const open = word === "overdue" || word === "late" ? notDone(entity) : [];
  return [filter, ...open];
}

/** `unpaid` or `available`: a value of a choice, a yes or no, or their opposite. */
function stateFilter(word: string, entity: Entity): View["filters"] | undefined {
  for (const field of entity.fields) {
    const value = field.choices?.find((choice) => choice.toLowerCase() === word);
    if (value) return [{ field: field.name, op: "equals", value }];
    if (field.type === "boolean" && field.name.toLowerCase() === word)
      return [{ field: field.name, op: "equals", value: true }];
    const opposite = /^(?:un|not-?|in)(.+)$/.exec(word)?.[1];
    if (field.type === "boolean" && opposite && field.name.toLowerCase() === opposite)
      return [{ field: field.name, op: "equals", value: false }];
    const other = opposite ? field.choices?.find((choice) => choice.toLowerCase() === opposite) : undefined;
    if (other) return [{ field: field.name, op: "notEquals", value: other }];
  }
  return undefined;
}

/** A quality that was asked for, but that no field tells, becomes a yes or no. */
function newState(word: string, entity: Entity): View["filters"] | undefined {
  if (word in TIME_QUALIFIERS || entity.fields.length >= 40) return undefined;
  const state = entity.fields.find((field) => field.choices && /status|state|stage/i.test(field.name));
  if (state?.choices && state.choices.length < 30) {
    state.choices = [word, ...state.choices]; // one more value of what is a state already
    return [{ field: state.name, op: "equals", value: word }];
  }
  const positive = /^un(.{4,})$/.exec(word)?.[1] ?? word;
  entity.fields.push({
    name: camelWords([positive]),
    label: capital(positive),
    type: "boolean",
    required: false,
    unique: false,
  });
  return [{ field: camelWords([positive]), op: "equals", value: positive === word }];
}

/** What is over cannot be overdue: the last state of a process, the positive of a pair, or a yes for something done. */
function notDone(entity: Entity): View["filters"] {
  for (const field of entity.fields) {
    if (field.type === "boolean" && /(?:ed|done|paid|complete|closed|finished|returned)$/i.test(field.name))
      return [{ field: field.name, op: "equals", value: false }];
    const choices = field.choices ?? [];
    const positive = choices.find((choice) =>
      choices.some(
        (other) =>
          other.toLowerCase() === `un${choice.toLowerCase()}` || other.toLowerCase() === `not ${choice.toLowerCase()}`,
      ),
    );
    if (positive) return [{ field: field.name, op: "notEquals", value: positive }];
    const last = choices.at(-1);
    if (last && /status|state|stage|progress/i.test(field.name))
      return [{ field: field.name, op: "notEquals", value: last }];
  }
  return [];
}
