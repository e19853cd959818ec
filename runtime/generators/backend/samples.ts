import { createHash } from "node:crypto";
import type { DataModel, Entity, Field } from "@devfactory/stacks/spec/index.ts";

const PEOPLE = ["Anna Keller", "Ben Okafor", "Chiara Rossi", "Daniel Novak", "Elif Demir"] as const;
const ADJECTIVES = ["first", "second", "third", "fourth", "fifth"] as const;
const DAY_OFFSETS = [-6, 0, 2, 5, 12] as const;

/** How many examples there are of each entity. */
export const SAMPLE_COUNT = 5;

/** An id that is the same each time for the same app, entity and number. */
export function sampleId(app: string, entity: string, index: number): string {
  const hash = createHash("sha256").update(`${app}/${entity}/${index}`).digest("hex");
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-4${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}

/** Entities so that each comes after those that it refers to; a circle is cut where it closes. */
export function inOrder(model: DataModel): Entity[] {
  const done: Entity[] = [];
  const visit = (entity: Entity, path: readonly Entity[]): void => {
    if (done.includes(entity) || path.includes(entity)) return;
    for (const field of entity.fields) {
      const target = model.entities.find((each) => each.name === field.entity);
      if (target) visit(target, [...path, entity]);
    }
    done.push(entity);
  };
  for (const entity of model.entities) visit(entity, []);
  return done;
}

/** A plausible value as source text; days are relative to today. References are left to the caller. */
export function sampleSource(entity: Entity, field: Field, index: number): string {
  const value = sampleValue(entity, field, index);
  const offset = DAY_OFFSETS[index % DAY_OFFSETS.length] ?? 0;
  if (field.type === "date") return `day(${offset})`;
  if (field.type === "dateTime") return `moment(${offset}, ${9 + index})`;
  return JSON.stringify(value);
}

/** A plausible value of a field, the same each time. */
export function sampleValue(entity: Entity, field: Field, index: number): string | number | boolean {
  const step = index % SAMPLE_COUNT;
  switch (field.type) {
    case "integer":
      return clamp(field, 3 + step * 4);
    case "decimal":
      return clamp(field, 12.5 + step * 3.25);
    case "money":
      return clamp(field, 49.9 + step * 35.5);
    case "boolean":
      return step % 2 === 0;
    case "date":
      return `2030-05-${String(10 + step).padStart(2, "0")}`;
    case "time":
      return `${String(9 + step).padStart(2, "0")}:30`;
    case "dateTime":
      return `2030-05-${String(10 + step).padStart(2, "0")}T09:30:00.000Z`;
    case "email":
      return `${person(step).toLowerCase().replace(" ", ".")}@example.com`;
    case "phone":
      return `+1 555 01${String(10 + step)}`;
    case "url":
      return `https://example.com/${entity.plural}/${step + 1}`;
    case "choice":
      return field.choices?.[step % field.choices.length] ?? "";
    case "longText":
      return `This is the ${ADJECTIVES[step]} example of ${field.label.toLowerCase()}.`;
    default:
      return sampleText(entity, field, step).slice(0, field.maxLength ?? 200);
  }
}

function sampleText(entity: Entity, field: Field, step: number): string {
  const isPerson = entity.fields.some((each) => each.type === "email" || each.type === "phone");
  if (isPerson && field.name === entity.display[0]) return person(step);
  if (field.name === entity.display[0]) return `${entity.label} ${step + 1}`;
  return `${field.label} ${step + 1}`;
}

function person(step: number): string {
  return PEOPLE[step % PEOPLE.length] ?? PEOPLE[0];
}

function clamp(field: Field, value: number): number {
  return Math.min(field.max ?? value, Math.max(field.min ?? value, value));
}
