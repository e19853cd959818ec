import { parseAppSpec } from "@devfactory/stacks/spec/index.ts";
import { z } from "zod";
import { specFile } from "../generators/infra/infra.ts";
import { RENAMES_PATH, Renames } from "../generators/renames.ts";
import { defineTool } from "./tool.ts";
import { writeInZone } from "./zone.ts";

export const writeSpec = defineTool({
  name: "write_spec",
  description:
    "Writes the plan of the app (AppSpec, with its data model). `renames` lists names that changed, so that data moves along; `notUnderstood` what of the request is not in the plan.",
  effect: "write",
  input: z.object({
    spec: z.unknown(),
    renames: Renames.default([]),
    notUnderstood: z.array(z.string().max(500)).max(20).default([]),
  }),
  async run({ spec, renames, notUnderstood }, context) {
    const result = parseAppSpec(spec);
    if (!result.ok) return { ok: false, problems: result.problems };
    context.outcome.spec = result.spec;
    context.outcome.notUnderstood.push(...notUnderstood);
    await writeInZone(context, "devfactory.yaml", specFile(result.spec));
    if (renames.length > 0) {
      const text = await context.workspace.tryReadText(RENAMES_PATH);
      const known = text ? Renames.parse(JSON.parse(text)) : [];
      const added = renames.filter((each) => !known.some((other) => JSON.stringify(other) === JSON.stringify(each)));
      await writeInZone(context, RENAMES_PATH, `${JSON.stringify([...known, ...added], null, 2)}\n`);
    }
    return { ok: true, entities: result.spec.model?.entities.map((entity) => entity.name) ?? [] };
  },
});
