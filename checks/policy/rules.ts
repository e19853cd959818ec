import type { RuleLogic, RuleRow, RuleSet } from "./rule.ts";
import { CONTAINER_APPS } from "./rules/containerApps.ts";
import { COSMOS_DB, POSTGRES, SQL } from "./rules/data.ts";
import { IDENTITY, OBSERVABILITY } from "./rules/identity.ts";
import { MESSAGING } from "./rules/messaging.ts";
import { REGISTRY } from "./rules/registry.ts";
import { KEY_VAULT, STORAGE } from "./rules/storage.ts";
import { EDGE, WEB } from "./rules/web.ts";
import table from "./table.json" with { type: "json" };

/** A rule: its row, and how it is checked. */
export interface Rule extends RuleRow, RuleLogic {}

const LOGIC: RuleSet = {
  ...STORAGE,
  ...KEY_VAULT,
  ...REGISTRY,
  ...COSMOS_DB,
  ...POSTGRES,
  ...SQL,
  ...MESSAGING,
  ...CONTAINER_APPS,
  ...WEB,
  ...EDGE,
  ...IDENTITY,
  ...OBSERVABILITY,
};

/** All rows, also those that judge no resource (`SW04`: a generated file, `OB04`: recorded values). */
export const RULE_ROWS: readonly RuleRow[] = table as readonly RuleRow[];

/** The rules that judge resources, in the order of the table. */
export const RULES: readonly Rule[] = RULE_ROWS.flatMap((row) => {
  const logic = LOGIC[row.id];
  return logic ? [{ ...row, ...logic }] : [];
});

const BY_ID: ReadonlyMap<string, RuleRow> = new Map(RULE_ROWS.map((row) => [row.id, row]));

export function ruleById(id: string): RuleRow | undefined {
  return BY_ID.get(id);
}

/** Rules by the type that they name; `owner` when they judge it for what stands beside it. */
export const RULES_BY_TYPE: ReadonlyMap<string, readonly { readonly rule: Rule; readonly as: "target" | "owner" }[]> =
  (() => {
    const byType = new Map<string, { readonly rule: Rule; readonly as: "target" | "owner" }[]>();
    const add = (type: string, rule: Rule, as: "target" | "owner") =>
      byType.set(type, [...(byType.get(type) ?? []), { rule, as }]);
    for (const rule of RULES) {
      for (const { type } of rule.targets) add(type, rule, "target");
      for (const type of rule.owners?.types ?? []) add(type, rule, "owner");
    }
    return byType;
  })();
