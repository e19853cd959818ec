import type { Understanding } from "./understand.ts";

/** A model in few words, for tests: `Pet: name*, owner>Owner*`. */
export function brief({ spec }: Understanding): { entities: string[]; views: string[] } {
  const entities = (spec?.model?.entities ?? []).map((entity) => {
    const fields = entity.fields.map((field) => {
      const kind = field.entity
        ? `>${field.entity}`
        : field.choices
          ? `(${field.choices.join("|")})`
          : field.type === "text"
            ? ""
            : `:${field.type}`;
      return `${field.name}${kind}${field.required ? "*" : ""}`;
    });
    return `${entity.name}: ${fields.join(", ")}`;
  });
  const views = (spec?.model?.views ?? []).map((view) => {
    const filters = view.filters.map((filter) =>
      [filter.field, filter.op, filter.value].filter((part) => part !== undefined).join(" "),
    );
    return `${view.name}: ${filters.join(" & ")}`;
  });
  return { entities, views };
}
