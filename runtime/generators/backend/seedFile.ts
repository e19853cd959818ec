import type { DataModel, Entity } from "@devfactory/stacks/spec/index.ts";
import { inOrder, SAMPLE_COUNT, sampleId, sampleSource } from "./samples.ts";

/** The source of the examples that an empty database gets. */
export function seedFile(app: string, model: DataModel): string {
  const ordered = inOrder(model);
  const blocks = ordered.map((entity, position) => {
    const earlier = ordered.slice(0, position).map((each) => each.name);
    const rows = Array.from({ length: SAMPLE_COUNT }, (_, index) => `    ${row(app, entity, index, earlier)},`);
    return `  ${entity.name}: [\n${rows.join("\n")}\n  ],`;
  });
  const text = blocks.join("\n");
  const imports = [/\bday\(/.test(text) ? "day" : "", /\bmoment\(/.test(text) ? "moment" : "", "type SeedRows"];
  return `import { ${imports.filter(Boolean).join(", ")} } from "./store/seed.ts";

/** Examples for an empty database, so that the first page shows something. */
export const seed: SeedRows = {
${text}
};
`;
}

function row(app: string, entity: Entity, index: number, earlier: readonly string[]): string {
  const values = entity.fields.flatMap((field) => {
    if (field.type !== "reference") return [`${field.name}: ${sampleSource(entity, field, index)}`];
    if (!earlier.includes(field.entity ?? "")) return [];
    return [`${field.name}: ${JSON.stringify(sampleId(app, field.entity ?? "", index))}`];
  });
  return `{ id: ${JSON.stringify(sampleId(app, entity.name, index))}, ${values.join(", ")} }`;
}
