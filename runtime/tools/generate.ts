import type { AppSpec, DataModel } from "@devfactory/stacks/spec/index.ts";
import { z } from "zod";
import { RuntimeError } from "../errors.ts";
import { backendFiles } from "../generators/backend/backend.ts";
import { SCHEMA_PATH, Schema } from "../generators/backend/migrations.ts";
import type { Files } from "../generators/files.ts";
import { frontendFiles } from "../generators/frontend.ts";
import { completeSpec, infraFiles } from "../generators/infra/infra.ts";
import { RENAMES_PATH, Renames } from "../generators/renames.ts";
import { defineTool, type ToolContext } from "./tool.ts";
import { writeInZone } from "./zone.ts";

export const generateBackend = defineTool({
  name: "generate_backend",
  description:
    "Writes the API, its schemas, migrations, examples and tests from the data model of the plan. Old generated files go.",
  effect: "write",
  input: z.object({}),
  async run(_, context) {
    const { spec, model } = planOf(context);
    const { workspace } = context;
    const schema = await readJson(context, SCHEMA_PATH, Schema);
    const renames = (await readJson(context, RENAMES_PATH, Renames)) ?? [];
    const files = backendFiles(spec, model, schema, renames);
    const old = [...(await workspace.list("backend/entities")), ...(await workspace.list("backend/tests"))];
    return writeAll(context, files, old);
  },
});

export const generateFrontend = defineTool({
  name: "generate_frontend",
  description: "Writes the pages of the app from the data model of the plan: lists, details, forms, views.",
  effect: "write",
  input: z.object({}),
  async run(_, context) {
    const { spec, model } = planOf(context);
    return writeAll(context, frontendFiles(spec, model), []);
  },
});

export const generateInfrastructure = defineTool({
  name: "generate_infrastructure",
  description:
    "Completes the plan with the resources that the model needs, and writes image, infrastructure, pipelines and README.",
  effect: "write",
  input: z.object({}),
  async run(_, context) {
    const spec = completeSpec(planOf(context).spec);
    context.outcome.spec = spec;
    return writeAll(context, infraFiles(spec), []);
  },
});

/** The plan as this run left it, else as the task brought it. */
function planOf({ task, outcome }: ToolContext): { spec: AppSpec; model: DataModel } {
  const spec = outcome.spec ?? task.spec;
  if (!spec?.model) throw new RuntimeError("NO_MODEL");
  return { spec, model: spec.model };
}

async function writeAll(context: ToolContext, files: Files, old: readonly string[]): Promise<object> {
  const changed: string[] = [];
  for (const [path, text] of Object.entries(files)) if (await writeInZone(context, path, text)) changed.push(path);
  const removed = old.filter((path) => files[path] === undefined);
  for (const path of removed) await context.workspace.remove(path);
  return { files: Object.keys(files).length, changed, removed };
}

async function readJson<T>(context: ToolContext, path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await context.workspace.tryReadText(path);
  return text === undefined ? undefined : schema.parse(JSON.parse(text));
}
