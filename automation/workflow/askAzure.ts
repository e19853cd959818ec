import {
  ARM_TYPES,
  NO_FACTS,
  type PreflightFinding,
  preflight,
  type SubscriptionFacts,
} from "@devfactory/checks/index.ts";
import type { PlannedResource } from "../deploy/messages.ts";
import { nameOf } from "../deploy/planRecorder.ts";
import { AutomationError } from "../errors.ts";
import type { AskedPlan } from "../preflight/gatherFacts.ts";
import type { HeldName } from "./heldNames.ts";
import type { StepContext } from "./step.ts";

/** Asks Azure about what a plan adds; what is not answered when the signal aborts is an unread fact. */
export type AskAzure = (plan: AskedPlan, signal: AbortSignal) => Promise<SubscriptionFacts>;

/** A slow Azure delays a deployment by so much at most. */
const PATIENCE_MS = 5_000;
const HELD = "NAME_SOFT_DELETED";
/** Operations after which something exists that was not there before. */
const MAKES = new Set(["create", "replace", "import"]);

/**
 * Asks Azure, as the worker, whether what the plan adds would come through, and tells what it finds. A plan that adds nothing asks
 * nothing. A question without an answer is told as not known: it is no pass and stops nobody.
 *
 * @param recover names of what is made of a deleted one: that it holds them is right
 * @throws {AutomationError} `NAMES_HELD` when all that stands in the way of a first deployment are names of deleted resources, else
 * `PREFLIGHT_FAILED` when the update would fail; with the detail `held` when it is such names alone
 */
export async function holdPreflight(
  plan: readonly PlannedResource[],
  region: string,
  { services, report, signal }: Pick<StepContext, "services" | "report" | "signal">,
  recover: readonly string[] = [],
): Promise<void> {
  const started = performance.now();
  const fresh = plan.filter(({ operation, component }) => MAKES.has(operation) && !component);
  const facts = fresh.length > 0 ? await asked({ region, resources: fresh }, services.askAzure, signal) : NO_FACTS;
  signal.throwIfAborted();
  const made = new Set(fresh.map(({ urn }) => urn));
  const standing = new Set(plan.flatMap(({ urn }) => (made.has(urn) ? [] : [urn])));
  const held = heldIn(plan);
  const isRecovered = ({ id, resource }: PreflightFinding) =>
    id === HELD && recover.includes(held.get(resource)?.name ?? "");
  const findings = preflight({ region, resources: plan, facts, standing }).filter((each) => !isRecovered(each));
  const errors = findings.filter(({ severity }) => severity === "error");
  const ms = Math.round(performance.now() - started);
  report({
    type: "preflight",
    level: errors.length > 0 ? "error" : findings.length > 0 ? "warning" : "info",
    message: `Preflight: ${summary(fresh.length, errors.length, findings.length - errors.length)}`,
    data: { findings, added: fresh.length, ms },
  });
  if (errors.length === 0) return;
  const isFirst = plan.every(({ operation, component }) => component || operation === "create");
  const isHeld = errors.every(({ id }) => id === HELD);
  if (isFirst && isHeld)
    throw new AutomationError("NAMES_HELD", { names: errors.map(({ message }) => message).join(" ") });
  throw refusal(errors, isHeld ? { held: errors.flatMap(({ resource }) => held.get(resource) ?? []) } : {});
}

/** URN → the name that it needs. */
function heldIn(plan: readonly PlannedResource[]): ReadonlyMap<string, HeldName> {
  return new Map(
    plan.flatMap(({ urn, type, inputs }) => {
      const row = ARM_TYPES[type];
      return row ? [[urn, { type: row.armType, name: String(inputs[row.nameInput]) }] as const] : [];
    }),
  );
}

/** Never rejects: also a reader that breaks leaves something unread, not a failed deployment. */
async function asked(plan: AskedPlan, ask: AskAzure, signal: AbortSignal): Promise<SubscriptionFacts> {
  const patience = new AbortController();
  const seconds = PATIENCE_MS / 1000;
  const timer = setTimeout(() => patience.abort(new Error(`no answer within ${seconds} s`)), PATIENCE_MS);
  try {
    return await ask(plan, AbortSignal.any([signal, patience.signal]));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ...NO_FACTS, unread: [{ what: "What Azure says of the plan", reason }] };
  } finally {
    clearTimeout(timer);
  }
}

function summary(added: number, errors: number, warnings: number): string {
  if (errors + warnings > 0) return `${errors} stand in the way, ${warnings} to know`;
  return added > 0 ? `nothing stands in the way of ${added} new resources` : "nothing new, so Azure is not asked";
}

function refusal(errors: readonly PreflightFinding[], details: object): AutomationError {
  const findings = errors.map(({ resource, message }) => `${resource ? `${nameOf(resource)}: ` : ""}${message}`);
  const ways = errors.map(({ advice, option }) => (option ? `${advice.replace(/\.$/, "")} (${option}).` : advice));
  return new AutomationError("PREFLIGHT_FAILED", {
    findings: findings.join(" "),
    advice: [...new Set(ways)].join(" "),
    ...details,
  });
}
