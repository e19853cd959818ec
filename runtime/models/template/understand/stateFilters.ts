import type { Entity, Field, View } from "@devfactory/stacks/spec/index.ts";
import { camelWords, toField } from "./fieldType.ts";
import { TIME_QUALIFIERS } from "./views.ts";
import { capital, infinitive, isParticiple } from "./words.ts";

/** Words for what has not come to its end, and for what has, whatever the states are called. */
const UNFINISHED = /^(?:open|active|pending|outstanding|unfinished|incomplete|ongoing|current|unresolved)$/;
const FINISHED = /^(?:closed|finished|completed|complete|done|ended|resolved)$/;

/** Filters, and in plain words what they leave out of the wish. */
export interface Found {
  readonly filters: View["filters"];
  readonly note?: string;
}

function stateOf(entity: Entity): Field | undefined {
  return entity.fields.find((field) => field.choices && /status|state|stage|progress/i.test(field.name));
}

/**
 * `open` and `closed` where no value is called so: the last of the states ends a process, as it does for what is overdue.
 * A thing without any state gets one.
 */
export function progressFilter(word: string, entity: Entity): Found | undefined {
  if (!UNFINISHED.test(word) && !FINISHED.test(word)) return undefined;
  const said = UNFINISHED.test(word);
  const done = said ? notDone(entity) : [];
  const held = stateOf(entity);
  if (!held && done.length > 0) return { filters: done };
  if (!held && (!said || entity.fields.length >= 40)) return undefined;
  const state = held ?? toField({ words: ["status"] });
  if (!held) entity.fields.push(state);
  const last = state.choices?.at(-1);
  if (last === undefined) return undefined;
  const filters: View["filters"] = [{ field: state.name, op: said ? "notEquals" : "equals", value: last }];
  const note = `shown are those whose ${state.label.toLowerCase()} is ${said ? "not " : ""}${last}`;
  return held ? { filters, note } : { filters };
}

/** `unpublished` of what has a publish date: the date is yet to come; `published`: it is past. */
export function doneFilter(word: string, entity: Entity): Found | undefined {
  const opposite = /^(?:un|not-?)(.{4,})$/.exec(word)?.[1];
  const participle = opposite ?? word;
  if (!isParticiple(participle)) return undefined;
  const stem = infinitive(participle);
  const names = [participle, stem].flatMap((part) => [`${part}Date`, `${part}On`, `${part}At`, part]);
  const date = entity.fields.find((field) => ["date", "dateTime"].includes(field.type) && names.includes(field.name));
  if (!date) return undefined;
  if (!opposite) return { filters: [{ field: date.name, op: "past" }] };
  return {
    filters: [{ field: date.name, op: "upcoming" }],
    note: `shown are those whose ${date.label.toLowerCase()} is still to come, not those without one`,
  };
}

/** `unpaid` or `available`: a value of a choice, a yes or no, or their opposite. */
export function stateFilter(word: string, entity: Entity): View["filters"] | undefined {
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
export function newState(word: string, entity: Entity): View["filters"] | undefined {
  if (word in TIME_QUALIFIERS || entity.fields.length >= 40) return undefined;
  const state = stateOf(entity);
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
export function notDone(entity: Entity): View["filters"] {
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
