import { isUnknown, type PlannedResource } from "../plan/resource.ts";
import type { Check, Part } from "./check.ts";
import { componentHint } from "./componentHint.ts";
import type { Finding } from "./finding.ts";
import { valuesAt } from "./path.ts";
import type { PlanIndex } from "./planIndex.ts";
import type { Rule } from "./rules.ts";

/** What a rule says of a resource that it names, or that is judged for what stands beside it. */
export function judge(rule: Rule, as: "target" | "owner", resource: PlannedResource, plan: PlanIndex): Finding {
  const applies = as === "target" && rule.when ? rule.when(resource, plan) : true;
  if (applies !== true) return finding(rule, resource, "not-applicable", { message: `${applies}.` });
  const checks = as === "owner" ? owned(rule) : checksFor(rule, resource.type);
  const binding = checks.filter((check) => plan.profile === "production" || !(rule.tier === "P" || check.production));
  if (binding.length === 0) {
    const worst = worstOf(checks.map((check) => ({ check, part: check.run(resource, plan) })));
    const then = worst.part.verdict === "pass" ? "it would pass" : `it would say: ${worst.part.message}`;
    return finding(rule, resource, "not-applicable", { message: `Holds in production only; ${then}` });
  }
  const { check, part: judged } = worstOf(binding.map((each) => ({ check: each, part: each.run(resource, plan) })));
  const part = (judged.verdict === "pass" && as === "target" && openPart(rule, resource)) || judged;
  return finding(rule, resource, part.verdict, {
    path: part.path,
    message: part.message,
    ...(part.verdict === "pass" ? {} : { fix: rule.fix ?? fixFor(check, part, resource) }),
  });
}

/** What a variable holds does not matter when its name is not secret: rules about names look themselves. */
const VARIABLES = /\.(?:env|appSettings|environmentVariables)\[\]\./;

/** A property that the rule names and that is not known yet: with it the rule may say something else. */
function openPart(rule: Rule, { type, inputs }: PlannedResource): Part | undefined {
  const properties = rule.targets.find((target) => target.type === type)?.properties ?? [];
  const open = properties
    .filter((property) => !VARIABLES.test(property))
    .flatMap((property) => valuesAt(inputs, property))
    .find(({ value }) => isUnknown(value));
  return open && { verdict: "unknown", path: open.path, message: `${open.path} is not known yet.` };
}

/** The checks of a rule for a type. */
export function checksFor(rule: Rule, type: string): readonly Check[] {
  if (Array.isArray(rule.checks)) return rule.checks as readonly Check[];
  return (rule.checks as Readonly<Record<string, readonly Check[]>>)[type.split(":").at(-1) ?? ""] ?? [];
}

function owned(rule: Rule): readonly Check[] {
  return rule.owners ? [rule.owners.check] : [];
}

const ORDER = ["fail", "unknown", "pass"] as const;

function worstOf(judged: readonly { readonly check: Check; readonly part: Part }[]) {
  for (const verdict of ORDER) {
    const found = judged.find(({ part }) => part.verdict === verdict);
    if (found) return found;
  }
  throw new Error("a rule without checks");
}

function fixFor({ want, ofState }: Check, { path }: Part, resource: PlannedResource): string {
  const hint = componentHint(resource, path);
  const plain = path.replace(/\.\d+(?=\.|$)/g, "[]");
  if (ofState) return `Change \`${plain}\` so that there is ${want}${hint}.`;
  return want === "absent or empty" ? `Take \`${plain}\` away${hint}.` : `Set \`${plain}\` to ${want}${hint}.`;
}

function finding(
  rule: Rule,
  { urn }: PlannedResource,
  verdict: Finding["verdict"],
  more: Pick<Finding, "message" | "path" | "fix">,
): Finding {
  return { rule: rule.id, urn, verdict, ...more };
}
