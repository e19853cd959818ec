import type { AppSpec, DataModel } from "@devfactory/stacks/spec/index.ts";
import { camel, type Files, literal, templateFiles, under } from "../files.ts";
import type { Renames } from "../renames.ts";
import { entityFile, entityIndex } from "./entityFile.ts";
import { migrationFiles, type Schema } from "./migrations.ts";
import { seedFile } from "./seedFile.ts";
import { testFiles } from "./testFiles.ts";

export type StoreKind = "postgres" | "cosmos";

/** Which store the first database of the spec is; an app without one gets Postgres. */
export function storeKind(spec: AppSpec): StoreKind {
  return spec.resources.some((resource) => resource.kind === "cosmos") ? "cosmos" : "postgres";
}

/** Everything under `backend/`, and the package with its lock file. */
export function backendFiles(spec: AppSpec, model: DataModel, before: Schema | undefined, renames: Renames): Files {
  const kind = storeKind(spec);
  const files: Files = { ...templateFiles(`web-hono/${kind}`), ...under("backend", storeFiles(kind)) };
  for (const entity of model.entities) files[`backend/entities/${camel(entity.name)}.ts`] = entityFile(entity, renames);
  files["backend/entities/index.ts"] = entityIndex(model.entities);
  files["backend/views.ts"] = viewsFile(model);
  files["backend/seed.ts"] = seedFile(spec.name, model);
  files["backend/main.ts"] = mainFile(spec);
  if (kind === "postgres") Object.assign(files, migrationFiles(model, before, renames));
  return { ...files, ...testFiles(spec, model) };
}

function storeFiles(kind: StoreKind): Files {
  const files = templateFiles("web-hono/app/backend");
  const { "store/open.cosmos.ts": openCosmos = "", ...shared } = files;
  if (kind === "postgres") {
    const { "store/cosmos.ts": _cosmos, "store/memory.ts": _memory, ...rest } = shared;
    return rest;
  }
  const { "store/postgres.ts": _postgres, "store/database.ts": _database, ...rest } = shared;
  return { ...rest, "store/open.ts": openCosmos };
}

function viewsFile(model: DataModel): string {
  const rows = model.views.map((view) => `  ${literal(view)},\n`).join("");
  return `import type { View } from "./model/entity.ts";

/** Lists with a name: \`/api/views/<name>\`. */
export const views: readonly View[] = [${rows ? `\n${rows}` : ""}];
`;
}

function mainFile(spec: AppSpec): string {
  return `import { entities } from "./entities/index.ts";
import { seed } from "./seed.ts";
import { start } from "./serve.ts";
import { views } from "./views.ts";

await start(${JSON.stringify(spec.title)}, entities, views, seed);
`;
}
