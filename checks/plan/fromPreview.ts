import { z } from "zod";
import { type PlannedResource, withoutSecrets } from "./resource.ts";

const State = z.object({
  type: z.string(),
  custom: z.boolean().optional(),
  inputs: z.record(z.string(), z.unknown()).optional(),
  parent: z.string().optional(),
  dependencies: z.array(z.string()).nullish(),
});

/** What `pulumi preview --json` prints, as far as a plan needs it (pkg/backend/display, `PreviewDigest`). */
export const Preview = z.object({
  steps: z.array(z.object({ op: z.string(), urn: z.string(), newState: State.nullish() })),
});

/** Steps of a preview that describe what will be there; deletes, and the halves of a replacement, do not. */
const LASTING = new Set(["same", "create", "update", "replace", "refresh", "read", "import"]);

/** The resources that there will be when a preview is carried out, each once. Stacks, components and providers are left out. */
export function fromPreview(preview: z.output<typeof Preview>): readonly PlannedResource[] {
  const resources = new Map<string, PlannedResource>();
  for (const { op, urn, newState } of preview.steps) {
    if (!newState || !LASTING.has(op) || newState.custom === false) continue;
    const { type, inputs, parent, dependencies } = newState;
    if (type === "pulumi:pulumi:Stack" || type.startsWith("pulumi:providers:")) continue;
    resources.set(urn, {
      urn,
      type,
      name: urn.split("::").slice(3).join("::"),
      inputs: withoutSecrets(inputs ?? {}) as PlannedResource["inputs"],
      ...(parent && { parent }),
      ...(dependencies && dependencies.length > 0 && { dependencies }),
    });
  }
  return [...resources.values()];
}
