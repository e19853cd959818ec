import type { DataModel, Entity, Field, View } from "@devfactory/stacks/spec/index.ts";
import { toView } from "./buildViews.ts";
import { className, type Draft, type DraftEntity, isNameable, pathName, pluralLabel } from "./draft.ts";
import { isIdentifying } from "./fieldType.ts";
import { capital, isPerson } from "./words.ts";

const MAX_ENTITIES = 30;
const TIMED: ReadonlySet<string> = new Set(["date", "dateTime"]);

/** The data model of a draft, with what makes each entity usable; adds to `notUnderstood` what cannot be shown. */
export function buildModel(draft: Draft): DataModel {
  const named = nameable(draft);
  const drafts = named.slice(0, MAX_ENTITIES);
  for (const entity of named.slice(MAX_ENTITIES))
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
  for (const each of nameable(draft)) {
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

/** What a name can be made for, without references to what there is none for; adds the rest to `notUnderstood`. */
function nameable(draft: Draft): DraftEntity[] {
  const all = [...draft.entities.values()];
  const nameless = all.filter((entity) => entity.existing === undefined && !isNameable(entity.key));
  for (const entity of nameless) draft.miss(`${entity.key} (a name needs Latin letters)`);
  const gone = new Set(nameless.map((entity) => className(entity.key)));
  const kept = all.filter((entity) => !nameless.includes(entity));
  return gone.size === 0
    ? kept
    : kept.map((entity) => ({ ...entity, fields: entity.fields.filter((field) => !gone.has(field.entity ?? "")) }));
}

function toEntity(draft: DraftEntity): Entity {
  const made = completeFields(draft);
  const fields = made.filter((field, index) => made.findIndex((other) => other.name === field.name) === index); // a thing called date
  return {
    name: className(draft.key),
    plural: pathName(draft.key),
    label: capital(draft.key).slice(0, 60),
    labelPlural: pluralLabel(draft.key).slice(0, 60),
    fields,
    display: draft.undated ? lineDisplay(fields) : displayOf(fields),
  };
}

/** What somebody says: the words are the thing, which needs no name besides. */
const SAID = /^(?:text|body|content|contents|message|comment|remark|feedback|note|notes)$/;

/** A line of an order is known by the order and by what it is a line of. */
function lineDisplay(fields: readonly Field[]): string[] {
  const references = fields.filter((field) => field.type === "reference").slice(0, 2);
  return references.length > 0 ? references.map((field) => field.name) : displayOf(fields);
}

/** A name for what has none; an e-mail address for people of whom nothing was said; a date for what happens. */
function completeFields(draft: DraftEntity): Field[] {
  const given = datedTimes(draft.fields.slice(0, 38));
  const own = given.filter((field) => field.type !== "reference");
  const person = isPerson(draft.key);
  const named = own.some((field) => isIdentifying(field.label.toLowerCase().split(" ")));
  const dated = own.some((field) => TIMED.has(field.type) && !/birth|created|added/i.test(field.name));
  const charged = own.some((field) => field.type === "money") && given.some((field) => field.type === "reference");
  const known = given.some(
    (field) => field.type === "reference" || field.type === "text" || /^(?:date|day|start)/.test(field.name),
  );
  const priced = own.some((field) => field.type === "money");
  const told = own.some((field) => field.type === "longText" && SAID.test(field.name)) && own.length < given.length;
  const happens = told || draft.event || (dated && (known || priced)) || charged;
  const name = plainField("name", "Name", "text", true);
  if (draft.event) {
    return dated || draft.undated ? order(given) : order([...given, plainField("date", "Date", "date", false)]);
  }
  if (own.length === 0) {
    const contact = person ? [plainField("email", "Email", "email", false)] : [];
    return [name, ...contact, ...given];
  }
  if (!named && (person || !happens)) return [name, ...given];
  return order(given);
}

/** A time without a date beside it is a moment: `start time` of an event. */
function datedTimes(fields: readonly Field[]): Field[] {
  const dated = fields.some((field) => TIMED.has(field.type) || /^weekday/i.test(field.name));
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
  const own = fields.filter((field) => field.type !== "reference");
  const identifying =
    own.find((field) => isIdentifying(field.label.toLowerCase().split(" ")) && field.required) ??
    own.find((field) => isIdentifying(field.label.toLowerCase().split(" ")));
  if (identifying) return [identifying.name];
  const dated = fields.find((field) => TIMED.has(field.type));
  const references = fields.filter((field) => field.type === "reference");
  const text = fields.find((field) => field.type === "text");
  if (dated) return [...new Set([references[0]?.name ?? text?.name, dated.name].filter((name) => name !== undefined))];
  if (text) return [text.name];
  if (references.length > 0) return references.slice(0, 2).map((field) => field.name);
  return [fields.find((field) => field.type !== "boolean")?.name ?? fields[0]?.name ?? "id"];
}
