import { isUnknown, type PlannedResource } from "../plan/resource.ts";

export type Profile = "dev" | "standard" | "production";

/** A plan, prepared for rules that look at several resources. Built once per verdict. */
export class PlanIndex {
  readonly profile: Profile;
  /** Host names from which images may come; none: any registry of the plan's own. */
  readonly allowedRegistries: readonly string[];
  readonly #byType = new Map<string, PlannedResource[]>();

  constructor(profile: Profile, resources: readonly PlannedResource[], allowedRegistries: readonly string[]) {
    this.profile = profile;
    this.allowedRegistries = allowedRegistries;
    for (const resource of resources)
      this.#byType.set(resource.type, [...(this.#byType.get(resource.type) ?? []), resource]);
  }

  ofType(type: string): readonly PlannedResource[] {
    return this.#byType.get(type) ?? [];
  }
}

/**
 * Whether an input of one resource names another: its name, an id that ends in it, or, while that is unknown, by the plan's
 * dependencies. `maybe` when a plan without dependencies does not tell.
 */
export function pointsAt(
  from: PlannedResource,
  input: string,
  owner: PlannedResource,
  ownerName: string,
): "yes" | "no" | "maybe" {
  const value = from.inputs[input];
  const name = owner.inputs[ownerName];
  if (isUnknown(value) || value === undefined || isUnknown(name) || name === undefined) {
    if (from.dependencies) return from.dependencies.includes(owner.urn) ? "yes" : "no";
    return isUnknown(value) || isUnknown(name) || name === undefined ? "maybe" : "no";
  }
  const [given, wanted] = [String(value).toLowerCase(), String(name).toLowerCase()];
  return given === wanted || given.endsWith(`/${wanted}`) ? "yes" : "no";
}
