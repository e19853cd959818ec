import { type AppSpec, DataModel, type Entity, type Field } from "@devfactory/stacks/spec/index.ts";
import type { Renames } from "../../../generators/renames.ts";
import { displayOf, mergeDraft } from "./build.ts";
import { className, keyOf, pathName, pluralLabel } from "./draft.ts";
import { camelWords, toField, typeOf } from "./fieldType.ts";
import { Interpreter } from "./interpret.ts";
import { draftOf } from "./preload.ts";
import { normalize, sentences, tokenize } from "./tokens.ts";
import { DETERMINERS } from "./vocabulary.ts";
import { capital } from "./words.ts";

export interface Changed {
  readonly spec: AppSpec;
  readonly renames: Renames;
  readonly notUnderstood: string[];
}

interface Edit {
  readonly title?: string;
  readonly model?: DataModel;
  readonly renames?: Renames;
  /** Why a wish that was recognised cannot be done. */
  readonly missed?: string;
}

/** A form of wish: what it looks like, and what it does. undefined means that the words fit but mean something else. */
type Rule = readonly [RegExp, (match: RegExpExecArray, model: DataModel) => Edit | undefined];

const ENTITY_LINK = "(?: (?:of|in|on|for|from) (?:the |an? |each |every |all )?([\\w -]+?))?";
const RULES: readonly Rule[] = [
  [
    /^(?:call|name|title) (?:the |this |my )?(?:app|application|site|it) ["']?(.+?)["']?$/i,
    ([, title = ""]) => ({ title }),
  ],
  [
    /^(?:rename|change) (?:the |this )?(?:app|application|site|title)(?:'s)?(?: title| name)? to ["']?(.+?)["']?$/i,
    ([, title = ""]) => ({ title }),
  ],
  [
    new RegExp(
      `^(?:rename|change the name of|change) (?:the )?([\\w -]+?)(?: fields?)?${ENTITY_LINK} (?:to|into|as) ["']?([\\w -]+?)["']?${ENTITY_LINK}$`,
      "i",
    ),
    ([, from = "", first, to = "", second], model) => rename(model, from, to, first ?? second),
  ],
  [
    new RegExp(`^(?:remove|delete|drop|get rid of) (?:the )?([\\w ,-]+?)(?: fields?)?${ENTITY_LINK}$`, "i"),
    ([, names = "", owner], model) => remove(model, names, owner),
  ],
  [
    new RegExp(
      `^(?:make|set) (?:the )?([\\w -]+?)${ENTITY_LINK} (?:to be |as )?(required|mandatory|optional|unique)${ENTITY_LINK}$`,
      "i",
    ),
    ([, name = "", owner, flag = "", last], model) => setFlag(model, name, owner ?? last, flag),
  ],
  [
    new RegExp(
      `^(?:the )?([\\w -]+?)${ENTITY_LINK} (?:is|are|should be|must be) (required|mandatory|optional|unique)$`,
      "i",
    ),
    ([, name = "", owner, flag = ""], model) => setFlag(model, name, owner, flag),
  ],
  [
    /^(?:also )?(?:add|include|put|store|insert|track|record|save) (.+) (?:to|for|on|in|of) (?:the |an? |each |every |all )?([\w-]+(?: [\w-]+)?)$/i,
    ([, list = "", owner = ""], model) => add(model, list, owner),
  ],
  [
    /^(?:also )?(?:give) (?:the |an? |each |every |all )?([\w-]+(?: [\w-]+)?) (an? .+)$/i,
    ([, owner = "", list = ""], model) => add(model, list, owner),
  ],
];

/** Changes a spec by one piece of feedback. What the spec holds already stays as it is. */
export function applyFeedback(spec: AppSpec, wish: string): Changed {
  let current = spec;
  const renames: Renames = [];
  const notUnderstood: string[] = [];
  const parts = sentences(normalize(wish)).flatMap(splitCommands);
  for (const part of parts) {
    const model = current.model;
    if (!model) continue;
    const edit = byRule(part, model) ?? byReading(part, model);
    renames.push(...(edit.renames ?? []));
    if (edit.missed) notUnderstood.push(edit.missed);
    const checked = edit.model ? DataModel.safeParse(edit.model) : undefined;
    if (checked?.success) current = withContainers({ ...current, model: checked.data });
    else if (checked) notUnderstood.push(`${part} (${checked.error.issues[0]?.message ?? "it does not fit"})`);
    if (edit.title) current = { ...current, title: capital(edit.title).slice(0, 80) };
  }
  return { spec: current, renames, notUnderstood };
}

/** `rename a to b and add c to d`: a new command after `and` or a comma. */
function splitCommands(text: string): string[] {
  return text
    .split(
      /(?:,| and|,? then)\s+(?=(?:also )?(?:add|rename|remove|delete|drop|make|show|list|call|track|give|change)\b)/i,
    )
    .map((part) => part.trim());
}

function byRule(text: string, model: DataModel): Edit | undefined {
  const plain = text.replace(
    /^(?:also|and|then|now|could you|can you|would you|i want to|i would like to|let's|we should|you should)\s+/i,
    "",
  );
  for (const [shape, apply] of RULES) {
    const match = shape.exec(plain);
    const edit = match ? apply(match, model) : undefined;
    if (edit) return edit;
  }
  return undefined;
}

/** Anything else is read as the request was, by somebody who knows the app. */
function byReading(text: string, model: DataModel): Edit {
  const draft = draftOf(model);
  new Interpreter(draft, { names: new Set(draft.entities.keys()) }).sentence(text, false);
  const merged = mergeDraft(model, draft);
  const missed = draft.notUnderstood.join("; ");
  const changed = JSON.stringify(merged) !== JSON.stringify(model);
  if (!changed && missed === "" && draft.views.length === 0) return isHeld(text, model) ? {} : { missed: text };
  return { ...(changed ? { model: merged } : {}), ...(missed ? { missed } : {}) };
}

/** Whether every noun of a wish that changed nothing is in the model: then it was done before. */
function isHeld(text: string, model: DataModel): boolean {
  const draft = draftOf(model);
  return tokenize(text).some((token) => token.kind === "word" && draft.entities.has(keyOf([token.word])));
}

function add(model: DataModel, list: string, ownerWords: string): Edit | undefined {
  const owner = findEntity(model, ownerWords);
  if (!owner) return undefined;
  const draft = draftOf(model);
  const reader = new Interpreter(draft, { names: new Set(draft.entities.keys()) });
  reader.give(owner.label.toLowerCase().split(" "), tokenize(list));
  return { model: mergeDraft(model, draft) };
}

function rename(model: DataModel, from: string, to: string, ownerWords?: string): Edit | undefined {
  const toWords = words(to);
  const entity = ownerWords === undefined ? findEntity(model, from) : undefined;
  if (entity) return renameEntity(model, entity, toWords);
  const owners = owned(model, ownerWords);
  const name = camelWords(words(from));
  const found = owners.filter((owner) => owner.fields.some((field) => field.name === name));
  if (found.length === 0) {
    const done = owners.some((owner) => owner.fields.some((field) => field.name === camelWords(toWords)));
    return done ? {} : { missed: `rename ${from} to ${to}: there is no ${from}` };
  }
  if (found.length > 1)
    return {
      missed: `rename ${from} to ${to}: say of what, ${found.map((each) => each.label.toLowerCase()).join(" or ")}`,
    };
  const [owner] = found;
  const field = owner?.fields.find((each) => each.name === name);
  if (!owner || !field) return undefined;
  const newName = camelWords(toWords);
  if (owner.fields.some((each) => each.name === newName))
    return { missed: `rename ${from} to ${to}: ${owner.label.toLowerCase()} has ${to} already` };
  const longer = field.type === "text" && typeOf(toWords) === "longText" ? "longText" : field.type;
  const renamed: Field = { ...field, name: newName, label: capital(toWords.join(" ")), type: longer };
  return {
    model: renameInModel(model, owner.name, field, renamed),
    renames: [{ entity: owner.name, field: name, to: newName }],
  };
}

function renameInModel(model: DataModel, owner: string, from: Field, to: Field): DataModel {
  const swap = (name: string): string => (name === from.name ? to.name : name);
  const entities = model.entities.map((entity) =>
    entity.name !== owner
      ? entity
      : {
          ...entity,
          fields: entity.fields.map((field) => (field.name === from.name ? to : field)),
          display: entity.display.map(swap),
        },
  );
  const views = model.views.map((view) => {
    if (view.entity !== owner) return view;
    const filters = view.filters.map((filter) => ({ ...filter, field: swap(filter.field) }));
    return { ...view, filters, ...(view.sort ? { sort: { ...view.sort, field: swap(view.sort.field) } } : {}) };
  });
  return { entities, views };
}

function renameEntity(model: DataModel, entity: Entity, to: readonly string[]): Edit {
  const key = keyOf(to);
  const name = className(key);
  if (model.entities.some((each) => each.name === name)) return {};
  const entities = model.entities.map((each) => {
    const fields = each.fields.map((field) => (field.entity === entity.name ? { ...field, entity: name } : field));
    if (each !== entity) return { ...each, fields };
    return { ...each, fields, name, plural: pathName(key), label: capital(key), labelPlural: pluralLabel(key) };
  });
  const views = model.views.map((view) => (view.entity === entity.name ? { ...view, entity: name } : view));
  return { model: { entities, views }, renames: [{ entity: entity.name, to: name }] };
}

function remove(model: DataModel, names: string, ownerWords?: string): Edit | undefined {
  const whole = ownerWords === undefined ? findEntity(model, names) : undefined;
  if (whole) return removeEntity(model, whole);
  const wanted = names.split(/,| and /).map((name) => camelWords(words(name)));
  const owners = owned(model, ownerWords).filter((owner) => owner.fields.some((field) => wanted.includes(field.name)));
  if (owners.length === 0) return ownerWords !== undefined && findEntity(model, ownerWords) ? {} : undefined;
  if (owners.length > 1)
    return { missed: `remove ${names}: say of what, ${owners.map((each) => each.label.toLowerCase()).join(" or ")}` };
  const [owner] = owners;
  if (!owner) return undefined;
  const fields = owner.fields.filter((field) => !wanted.includes(field.name));
  if (fields.length === 0) return { missed: `remove ${names}: ${owner.label.toLowerCase()} would have nothing left` };
  const kept = owner.display.filter((name) => fields.some((field) => field.name === name));
  const entities = model.entities.map((each) =>
    each === owner ? { ...each, fields, display: kept.length > 0 ? kept : displayOf(fields) } : each,
  );
  const views = model.views.filter(
    (view) => view.entity !== owner.name || !view.filters.some((filter) => wanted.includes(filter.field)),
  );
  return { model: { entities, views } };
}

function removeEntity(model: DataModel, entity: Entity): Edit {
  const rest = model.entities.filter((each) => each !== entity);
  if (rest.length === 0) return { missed: `remove ${entity.labelPlural.toLowerCase()}: nothing would be left` };
  const entities = rest.map((each) => {
    const fields = each.fields.filter((field) => field.entity !== entity.name);
    const own = fields.length > 0 ? fields : [toField({ words: ["name"] })];
    const display = each.display.filter((name) => own.some((field) => field.name === name));
    return { ...each, fields: own, display: display.length > 0 ? display : displayOf(own) };
  });
  return { model: { entities, views: model.views.filter((view) => view.entity !== entity.name) } };
}

function setFlag(model: DataModel, name: string, ownerWords: string | undefined, flag: string): Edit | undefined {
  const asked = words(name);
  const withOwner = ownerWords === undefined && asked.length > 1 ? findEntity(model, asked[0] ?? "") : undefined;
  const fieldName = camelWords(withOwner ? asked.slice(1) : asked);
  const owners = withOwner ? [withOwner] : owned(model, ownerWords);
  const found = owners.filter((owner) => owner.fields.some((field) => field.name === fieldName));
  const [owner] = found;
  if (!owner) return undefined;
  if (found.length > 1)
    return {
      missed: `make ${name} ${flag}: say of what, ${found.map((each) => each.label.toLowerCase()).join(" or ")}`,
    };
  const change = /unique/i.test(flag) ? { unique: true } : { required: !/optional/i.test(flag) };
  const fields = owner.fields.map((field) => (field.name === fieldName ? { ...field, ...change } : field));
  return { model: { ...model, entities: model.entities.map((each) => (each === owner ? { ...each, fields } : each)) } };
}

function findEntity(model: DataModel, text: string): Entity | undefined {
  const key = keyOf(words(text));
  return model.entities.find((entity) => entity.label.toLowerCase() === key || entity.name === className(key));
}

function owned(model: DataModel, ownerWords: string | undefined): Entity[] {
  if (ownerWords === undefined) return [...model.entities];
  const owner = findEntity(model, ownerWords);
  return owner ? [owner] : [];
}

function words(text: string): string[] {
  return text
    .toLowerCase()
    .trim()
    .split(/\s+/)
    .filter((word) => !DETERMINERS.has(word));
}

/** A Cosmos resource has a container for each entity. */
function withContainers(spec: AppSpec): AppSpec {
  const resources = spec.resources.map((resource) => {
    if (resource.kind !== "cosmos") return resource;
    const names = resource.containers.map((container) => container.name);
    const added = (spec.model?.entities ?? []).filter((entity) => !names.includes(entity.plural));
    return {
      ...resource,
      containers: [...resource.containers, ...added.map((entity) => ({ name: entity.plural, partitionKey: "/id" }))],
    };
  });
  return { ...spec, resources };
}
