import { z } from "zod";
import type { AppSpec } from "./appSpec.ts";
import { describeIssue } from "./issue.ts";
import { Resource } from "./resource.ts";
import { Service, Size } from "./service.ts";

const ServiceSize = z.strictObject({
  size: Size.optional().describe("As of the service"),
  scale: z
    .strictObject({
      min: z.int().optional().describe("As of the service"),
      max: z.int().optional().describe("As of the service"),
      concurrency: z.int().optional().describe("As of the service"),
    })
    .optional()
    .describe("As of the service; what is left out stays"),
});

/** `sku` and the rest take what the resource's kind takes; that is judged on the resource as it becomes. */
const ResourceSize = z.strictObject({
  sku: z.string().optional().describe("As of the resource's kind"),
  storageGb: z.int().optional().describe("As of the resource's kind"),
  highAvailability: z.boolean().optional().describe("As of the resource's kind"),
});

/** Sizes of services and resources, by their names: only what costs money and holds no data. */
export const Preset = z.strictObject({
  services: z.record(z.string(), ServiceSize).default({}).describe("Sizes of services by name"),
  resources: z.record(z.string(), ResourceSize).default({}).describe("Sizes of resources by name"),
});

export type Preset = z.infer<typeof Preset>;

/** A problem of a preset, with the place inside it. */
export interface PresetProblem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly allowed?: readonly string[];
}

type Sized = Pick<AppSpec, "services" | "resources">;

/** Services and resources with a preset's sizes, or all that is wrong with it. The names and kinds of everything stay. */
export function applyPreset<Spec extends Sized>(
  spec: Spec,
  preset: Preset,
): { readonly spec: Spec; readonly problems: readonly PresetProblem[] } {
  const problems: PresetProblem[] = [
    ...unknownNames("services", preset.services, spec.services),
    ...unknownNames("resources", preset.resources, spec.resources),
  ];
  const merged = <Part>(schema: z.ZodType<Part>, part: Part, value: object, path: readonly string[]): Part => {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    for (const issue of result.error.issues) {
      const { problem, allowed } = describeIssue(issue, { value, path: issue.path });
      problems.push({ path: [...path, ...issue.path], message: problem, ...(allowed && { allowed }) });
    }
    return part;
  };
  const services = spec.services.map((service) => {
    const change = preset.services[service.name];
    if (!change) return service;
    const value = { ...service, ...change, scale: { ...service.scale, ...change.scale } };
    return merged(Service, service, value, ["services", service.name]);
  });
  const resources = spec.resources.map((resource) => {
    const change = preset.resources[resource.name];
    return change ? merged(Resource, resource, { ...resource, ...change }, ["resources", resource.name]) : resource;
  });
  return { spec: { ...spec, services, resources }, problems };
}

function unknownNames(
  group: "services" | "resources",
  changes: Readonly<Record<string, unknown>>,
  parts: readonly { readonly name: string }[],
): readonly PresetProblem[] {
  const names = parts.map(({ name }) => name);
  return Object.keys(changes)
    .filter((name) => !names.includes(name))
    .map((name) => ({ path: [group, name], message: `no ${name}; there are: ${names.join(", ") || "none"}` }));
}
