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
  const isChanged = (key: string) => canonicalJson(before[key]) !== canonicalJson(chosen(before[key], after[key]));
  return [...keys].filter(isChanged).sort();
}

/** What is now, without what was left to Azure: azure-native's SDK sends some inputs that nobody gave as an empty text. */
function chosen(before: unknown, after: unknown): unknown {
  if (before === "") return before;
  if (!isRecord(before) || !isRecord(after)) return after;
  return Object.fromEntries(Object.entries(after).map(([key, value]) => [key, chosen(before[key], value)]));
}

function isRecord(value: unknown): value is Inputs {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a person reads of it. */
export function driftLine({ name, type, change, properties }: Drifted): string {
  return `${name} (${type}) ${change === "gone" ? "is gone" : `was changed: ${properties.join(", ")}`}`;
}
