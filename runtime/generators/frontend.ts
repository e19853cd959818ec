import type { AppSpec, DataModel } from "@devfactory/stacks/spec/index.ts";
import { type Files, templateFiles, under } from "./files.ts";

/** Everything under `frontend/`: plain modules and styles, and the description of the app that they show. */
export function frontendFiles(spec: AppSpec, model: DataModel): Files {
  const files = templateFiles("web-hono/app/frontend");
  const title = spec.title.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
  const index = files["index.html"] ?? "";
  return under("frontend", {
    ...files,
    "index.html": index.replaceAll("{{title}}", () => title),
    "model.js": modelFile(spec, model),
  });
}

function modelFile(spec: AppSpec, model: DataModel): string {
  const entities = model.entities.map(({ name, plural, label, labelPlural, fields, display }) => ({
    name,
    plural,
    label,
    labelPlural,
    display,
    fields: fields.map(({ name, label, type, required, choices, entity, min, max }) => ({
      name,
      label,
      type,
      required,
      choices,
      entity,
      min,
      max,
    })),
  }));
  const views = model.views.map(({ name, title, entity }) => ({ name, title, entity }));
  return `/** What the pages show. The server checks the same rules again. */
export const title = ${JSON.stringify(spec.title)};

export const entities = ${JSON.stringify(entities, null, 2)};

export const views = ${JSON.stringify(views, null, 2)};
`;
}
