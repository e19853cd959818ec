import { z } from "zod";
import { kindFacts } from "./catalogue.ts";
import { DataModel } from "./dataModel.ts";
import { dnsName } from "./names.ts";
import { applyPreset, Preset } from "./presets.ts";
import { AlsoIn, regionIssues } from "./regions.ts";
import { ACCESS, Resource } from "./resource.ts";
import { type Access, Service } from "./service.ts";

export const PROFILES = ["dev", "standard", "production"] as const;

/** The only thing that crosses from agents to infrastructure; `devfactory.yaml` is the same document for a person. */
export const AppSpec = z
  .strictObject({
    version: z.literal(1).describe("Of this format"),
    name: dnsName.describe("Goes into every name in Azure. Changing it makes all anew"),
    title: z.string().min(1).max(80).describe("For people"),
    description: z.string().max(4000).default("").describe("For people"),
    profile: z
      .enum(PROFILES)
      .default("dev")
      .describe(
        "`dev`: cheap, scales to zero; `standard`: always on; `production`: two of everything over zones, in a network",
      ),
    region: z
      .string()
      .regex(/^[a-z0-9]+$/)
      .default("eastus")
      .describe("Region of Azure. Changing it makes all anew"),
    alsoIn: AlsoIn.optional().describe(
      "Further regions in which the public service and what it calls run too, behind one address; data stay in `region`",
    ),
    services: z.array(Service).min(1).max(20).describe("What runs"),
    resources: z.array(Resource).max(20).default([]).describe("What services use"),
    presets: z
      .record(dnsName, Preset)
      .refine((presets) => Object.keys(presets).length <= 10, "at most 10")
      .optional()
      .describe("Sizes by name, for example `minimum`; one of them is in force"),
    preset: dnsName
      .optional()
      .describe(
        "The preset in force unless the deployment names another. Absent: what stands on services and resources",
      ),
    budget: z
      .strictObject({ monthlyUsd: z.number().positive().describe("USD a month that a plan may cost") })
      .optional()
      .describe("Above it a pull request fails"),
    model: DataModel.optional().describe("What the generators build from; infrastructure does not read it"),
  })
  .check((context) => {
    const { services, resources } = context.value;
    const names = [...services, ...resources].map((each) => each.name);
    names.forEach((name, index) => {
      if (names.indexOf(name) === index) return;
      context.issues.push({ code: "custom", input: name, path: ["services"], message: `${name} names two things` });
    });
    services.forEach((service, index) => {
      service.uses.forEach((use, position) => {
        const path = ["services", index, "uses", position];
        const allowed = allowedAccess(use.resource, context.value);
        if (!allowed) {
          const others = names.filter((name) => name !== service.name);
          context.issues.push({
            code: "custom",
            input: use.resource,
            path: [...path, "resource"],
            message: `no ${use.resource}; there are: ${others.join(", ") || "none"}`,
          });
        } else if (!allowed.includes(use.access)) {
          context.issues.push({
            code: "custom",
            input: use.access,
            path: [...path, "access"],
            message: `must be one of: ${allowed.join(", ") || "none"}`,
          });
        }
      });
    });
  })
  .check((context) => {
    for (const issue of regionIssues(context.value)) context.issues.push({ code: "custom", ...issue });
  })
  .check((context) => {
    const { services, resources } = context.value;
    const answering = services.filter(({ kind }) => ["web", "api", "function"].includes(kind)).map(({ name }) => name);
    resources.forEach((resource, index) => {
      if (resource.kind !== "gateway") return;
      resource.apis.forEach(({ service }, position) => {
        const before = answering.includes(service) ? services.find(({ name }) => name === service) : undefined;
        if (before?.public) return;
        const path = ["resources", index, "apis", position, "service"];
        const message = before
          ? `${service} must be public: the gateway stands outside the app's network`
          : `no ${service} that answers; there are: ${answering.join(", ") || "none"}`;
        context.issues.push({ code: "custom", input: service, path, message });
      });
    });
  })
  .check((context) => {
    const { name, services, resources } = context.value;
    const words = [
      ...services.flatMap(({ kind }) => kindFacts("services", kind)?.reservedWords ?? []),
      ...resources.flatMap(({ kind }) => kindFacts("resources", kind)?.reservedWords ?? []),
    ];
    const word = words.find((each) => name.replaceAll("-", "").includes(each)); // some public names have no hyphens
    if (word === undefined) return;
    const message = `holds the word ${word}, which Azure refuses in public names`;
    const params = { allowed: [`a name without ${[...new Set(words)].join(", ")}`] };
    context.issues.push({ code: "custom", input: name, path: ["name"], message, params });
  })
  .check((context) => {
    const { presets = {}, preset } = context.value;
    for (const [name, sizes] of Object.entries(presets)) {
      for (const { path, message, allowed } of applyPreset(context.value, sizes).problems) {
        const params = allowed && { params: { allowed } };
        context.issues.push({ code: "custom", input: sizes, path: ["presets", name, ...path], message, ...params });
      }
    }
    if (preset === undefined || preset in presets) return;
    const message = `no ${preset}; there are: ${Object.keys(presets).join(", ") || "none"}`;
    context.issues.push({ code: "custom", input: preset, path: ["preset"], message });
  });

export type Profile = (typeof PROFILES)[number];
export type AppSpec = z.infer<typeof AppSpec>;

function allowedAccess(
  name: string,
  spec: { services: readonly Service[]; resources: readonly Resource[] },
): readonly Access[] | undefined {
  const resource = spec.resources.find((each) => each.name === name);
  if (resource) return ACCESS[resource.kind];
  return spec.services.some((each) => each.name === name) ? ["call"] : undefined;
}
