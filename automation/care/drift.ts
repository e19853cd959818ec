import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { nameOf } from "../deploy/planRecorder.ts";
import { canonicalJson } from "../jobs/ids.ts";

/** A resource that is no longer as the platform left it. */
export interface Drifted {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly change: "changed" | "gone";
  /** Inputs that somebody else changed; their values are not kept. */
  readonly properties: readonly string[];
}

/** Collects from a refresh that only looks what has drifted. What Azure itself changes (states, times: outputs) is no drift. */
export class DriftRecorder {
  readonly #found = new Map<string, Drifted>();

  take(event: EngineEvent): void {
    const metadata = event.resOutputsEvent?.metadata;
    if (!metadata?.old?.custom || metadata.type.startsWith("pulumi:")) return;
    const { urn, type, op, old } = metadata;
    const about = { urn, type, name: nameOf(urn) };
    if (op === "delete") {
      this.#found.set(urn, { ...about, change: "gone", properties: [] });
      return;
    }
    const properties = changedKeys(old.inputs ?? {}, metadata.new?.inputs ?? old.inputs ?? {});
    if (properties.length > 0) this.#found.set(urn, { ...about, change: "changed", properties });
  }

  get found(): readonly Drifted[] {
    return [...this.#found.values()].sort((a, b) => (a.urn < b.urn ? -1 : 1));
  }
}

type Inputs = Readonly<Record<string, unknown>>;

function changedKeys(before: Inputs, after: Inputs): readonly string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].filter((key) => canonicalJson(before[key]) !== canonicalJson(after[key])).sort();
}

/** What a person reads of it. */
export function driftLine({ name, type, change, properties }: Drifted): string {
  return `${name} (${type}) ${change === "gone" ? "is gone" : `was changed: ${properties.join(", ")}`}`;
}
