import type { PlannedResource } from "../../plan/resource.ts";
import { is, oneOf } from "../check.ts";
import { valueAt } from "../path.ts";
import type { RuleSet } from "../rule.ts";

/** Container registries. */
export const REGISTRY: RuleSet = {
  CR01: { checks: [is("adminUserEnabled", false)] },
  CR02: { checks: [is("anonymousPullEnabled", false)] },
  CR03: { checks: [is("policies.azureADAuthenticationAsArmPolicy.status", "disabled")] },
  CR04: { when: premium, checks: [is("policies.retentionPolicy.status", "enabled")] },
  CR05: { when: premium, checks: [is("publicNetworkAccess", "Disabled"), is("networkRuleSet.defaultAction", "Deny")] },
  CR06: { when: premium, checks: [is("policies.exportPolicy.status", "disabled")] },
  CR07: { when: premium, checks: [is("zoneRedundancy", "Enabled")] },
  CR08: { checks: [oneOf("sku.name", ["Standard", "Premium"])] },
};

function premium({ inputs }: PlannedResource): true | string {
  const sku = String(valueAt(inputs, "sku.name"));
  return !["Basic", "Standard"].includes(sku) || `a ${sku} registry cannot do this: Premium can`;
}
