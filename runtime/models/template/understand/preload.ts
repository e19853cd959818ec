import type { DataModel } from "@devfactory/stacks/spec/index.ts";
import { Draft } from "./draft.ts";

/** A draft that holds what a model has, so that more can be read into it. */
export function draftOf(model: DataModel): Draft {
  const draft = new Draft();
  for (const entity of model.entities) {
    const key = entity.label.toLowerCase();
    draft.entities.set(key, {
      key,
      fields: entity.fields.map((field) => ({ ...field })),
      event: false,
      existing: entity.name,
    });
  }
  return draft;
}
