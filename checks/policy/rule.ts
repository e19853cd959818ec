import type { PlannedResource } from "../plan/resource.ts";
import type { Check } from "./check.ts";
import type { PlanIndex } from "./planIndex.ts";

/** `A` holds in every profile and costs nothing; `P` holds in production, where it costs money or topology. */
export type Tier = "A" | "P";

/** A row of the table: what a rule is about, and where it comes from. */
export interface RuleRow {
  readonly id: string;
  /** Service, for people. */
  readonly group: string;
  readonly tier: Tier;
  readonly targets: readonly { readonly type: string; readonly properties: readonly string[] }[];
  readonly mustBe: string;
  readonly notes?: string;
  /** What an absent property means. */
  readonly absent?: string;
  /** Ids of public rules with the same intent, and controls of the Microsoft cloud security benchmark. */
  readonly sources: readonly string[];
}

/** How a rule is checked. */
export interface RuleLogic {
  /** Whether it applies; a text says why not. @default always */
  readonly when?: (resource: PlannedResource, plan: PlanIndex) => true | string;
  /** All of them must pass; by the last part of the type when types differ. */
  readonly checks: readonly Check[] | Readonly<Record<string, readonly Check[]>>;
  /** Judges a resource for what it lacks beside it: a vault without audit logs. */
  readonly owners?: { readonly types: readonly string[]; readonly check: Check };
  /** Whether it looks at other resources of the plan. */
  readonly joins?: boolean;
  /** @default made from what must be there */
  readonly fix?: string;
}

export type RuleSet = Readonly<Record<string, RuleLogic>>;
