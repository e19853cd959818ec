import {
  PolicyPack,
  type ResourceValidationPolicy,
  type StackValidationPolicy,
  UnknownValueError,
} from "@pulumi/policy";
import { type PlannedResource, UNKNOWN, withoutSecrets } from "../plan/resource.ts";
import type { Finding } from "./finding.ts";
import { judge } from "./judge.ts";
import { PlanIndex, type Profile } from "./planIndex.ts";
import { RULES, type Rule } from "./rules.ts";

/*
 * The rules as a Pulumi policy pack: `pulumi preview --policy-pack checks/policy`. DEVFACTORY_PROFILE says for which profile
 * (default `standard`), DEVFACTORY_REGISTRIES from which registries images may come, by comma. Rules of tier A are mandatory,
 * those of tier P only in production. A value that is not known in a preview is told as advice, as Pulumi does: the verdict of
 * `devfactory policy` is the one that stops a deployment.
 */
const PROFILE = profileOf(process.env.DEVFACTORY_PROFILE);
const REGISTRIES = (process.env.DEVFACTORY_REGISTRIES ?? "").split(",").filter((host) => host !== "");

new PolicyPack("devfactory", {
  policies: RULES.map((rule) => (rule.joins ? stackPolicy(rule) : resourcePolicy(rule))),
});

function common(rule: Rule) {
  const binding = rule.tier === "A" || PROFILE === "production";
  return {
    name: rule.id,
    description: `${rule.group}: ${rule.targets[0]?.properties.join(", ")} must be ${rule.mustBe}`,
    enforcementLevel: binding ? ("mandatory" as const) : ("advisory" as const),
  };
}

function resourcePolicy(rule: Rule): ResourceValidationPolicy {
  const types = new Set(rule.targets.map(({ type }) => type));
  return {
    ...common(rule),
    validateResource: (args, report) => {
      if (!types.has(args.type)) return;
      const resource = {
        urn: args.urn,
        name: args.name,
        type: args.type,
        inputs: known(args.props) as PlannedResource["inputs"],
      };
      const found = judge(rule, "target", resource, indexFor(rule, [resource]));
      if (found.verdict === "not-applicable") args.notApplicable(found.message);
      if (found.verdict === "fail") report(textOf(found));
      if (found.verdict === "unknown") touch(args.props, found.path ?? "");
    },
  };
}

/** Rules that look at several resources run when all are there. */
function stackPolicy(rule: Rule): StackValidationPolicy {
  const targets = new Set(rule.targets.map(({ type }) => type));
  const owners = new Set(rule.owners?.types ?? []);
  return {
    ...common(rule),
    validateStack: (args, report) => {
      const resources = args.resources.map((each) => ({
        urn: each.urn,
        name: each.name,
        type: each.type,
        inputs: known(each.props) as PlannedResource["inputs"],
        dependencies: each.dependencies.map(({ urn }) => urn),
      }));
      const plan = indexFor(rule, resources);
      for (const resource of resources) {
        if (!targets.has(resource.type) && !owners.has(resource.type)) continue;
        const found = judge(rule, targets.has(resource.type) ? "target" : "owner", resource, plan);
        if (found.verdict === "fail") report(textOf(found), resource.urn);
      }
    },
  };
}

/** A rule of tier P gives its advice in every profile. */
function indexFor(rule: Rule, resources: readonly PlannedResource[]): PlanIndex {
  return new PlanIndex(rule.tier === "P" ? "production" : PROFILE, resources, REGISTRIES);
}

function textOf({ message, fix }: Finding): string {
  return fix === undefined ? message : `${message} ${fix}`;
}

/** Properties as plain data: reading one that is not known throws, and a secret shows itself as such. */
function known(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return Array.from(value.keys(), (index) => read(value, String(index)));
  return withoutSecrets(Object.fromEntries(Object.keys(value).map((key) => [key, read(value, key)])));
}

function read(from: object, key: string): unknown {
  try {
    return known((from as Readonly<Record<string, unknown>>)[key]);
  } catch (error) {
    if (error instanceof UnknownValueError) return UNKNOWN;
    throw error;
  }
}

/** Reads an unknown property once more: Pulumi tells it as advice, with the property's name. */
function touch(properties: unknown, path: string): void {
  let at: unknown = properties;
  for (const step of path.split(".")) at = (at as Readonly<Record<string, unknown>> | undefined)?.[step];
}

function profileOf(name: string | undefined): Profile {
  if (name === undefined || name === "") return "standard";
  if (name === "dev" || name === "standard" || name === "production") return name;
  throw new Error(`DEVFACTORY_PROFILE is ${name}: it must be dev, standard or production`);
}
