import { maskSecrets, type PropertyMap } from "../deploy/values.ts";
import type { EventStream } from "../events/stream.ts";
import type { PackInfo, PolicyKind, Remediation, Violation } from "../plugins/analyzer.ts";

/** Shorter values stay readable: hiding them would hide half of every message. */
const SHORTEST_SECRET = 3;

/** Tells what policies found, as events. */
export class PolicyTeller {
  readonly #events: EventStream;
  readonly #secrets: readonly string[];

  /** @param secrets secret config values: policies see them, messages must not show them */
  constructor(events: EventStream, secrets: readonly string[]) {
    this.#events = events;
    this.#secrets = secrets.filter((secret) => secret.length >= SHORTEST_SECRET);
  }

  violation(resourceUrn: string, pack: PackInfo, violation: Omit<Violation, "urn">): void {
    const { message, policy, enforcementLevel, severity } = violation;
    this.#events.emit({
      policyEvent: {
        resourceUrn,
        message: `${this.hide(message)}\n`,
        color: "never",
        ...origin(pack, policy),
        enforcementLevel,
        ...(severity ? { severity } : {}),
      },
    });
  }

  remediation(
    resourceUrn: string,
    pack: PackInfo,
    { policy }: Remediation,
    before: PropertyMap,
    after: PropertyMap,
  ): void {
    this.#events.emit({
      policyRemediationEvent: {
        resourceUrn,
        color: "never",
        ...origin(pack, policy),
        before: maskSecrets(before) as PropertyMap,
        after: maskSecrets(after) as PropertyMap,
      },
    });
  }

  remediateSummary(
    resourceUrn: string,
    pack: PackInfo,
    failed: readonly string[],
    notApplicable: readonly string[],
  ): void {
    const summary = { resourceUrn, ...summaryOf(pack, "resource", failed, notApplicable) };
    this.#events.emit({ policyRemediateSummaryEvent: summary });
  }

  analyzeSummary(
    resourceUrn: string,
    pack: PackInfo,
    failed: readonly string[],
    notApplicable: readonly string[],
  ): void {
    const summary = { resourceUrn, ...summaryOf(pack, "resource", failed, notApplicable) };
    this.#events.emit({ policyAnalyzeSummaryEvent: summary });
  }

  stackSummary(pack: PackInfo, failed: readonly string[], notApplicable: readonly string[]): void {
    this.#events.emit({ policyAnalyzeStackSummaryEvent: summaryOf(pack, "stack", failed, notApplicable) });
  }

  /** A failure of a pack, not of a resource. */
  failure(message: string, urn = ""): void {
    this.#events.diagnose("error", this.hide(message), urn);
  }

  /** The text without secret config values. */
  hide(text: string): string {
    return this.#secrets.reduce((shown, secret) => {
      const inJson = JSON.stringify(secret).slice(1, -1);
      return shown.replaceAll(secret, "[secret]").replaceAll(inJson, "[secret]");
    }, text);
  }
}

function versions({ name, version }: PackInfo) {
  return { policyPackName: name, policyPackVersion: version, policyPackVersionTag: version };
}

function origin(pack: PackInfo, policyName: string) {
  return { policyName, ...versions(pack) };
}

/** What passed: policies of the kind that were neither disabled, nor failed, nor looked away. */
function summaryOf(pack: PackInfo, kind: PolicyKind, violated: readonly string[], notApplicable: readonly string[]) {
  const failed = [...new Set(violated)].sort();
  const passed = pack.policies
    .filter((policy) => policy.kind === kind || policy.kind === "unknown")
    .filter((policy) => policy.enforcementLevel !== "disabled")
    .map((policy) => policy.name)
    .filter((name) => !failed.includes(name) && !notApplicable.includes(name));
  return {
    ...versions(pack),
    ...(passed.length > 0 ? { passed } : {}),
    ...(failed.length > 0 ? { failed } : {}),
  };
}
