import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import { parseUrn } from "../../deploy/urn.ts";

interface Observed {
  readonly events: readonly EngineEvent[];
}

/** The bodies of one kind of event; the Automation API hands on kinds that it does not know. */
export function bodiesOf({ events }: Observed, kind: string): readonly unknown[] {
  return events.flatMap((event) => (event as unknown as Readonly<Record<string, unknown>>)[kind] ?? []);
}

/** Violations as `level pack/policy on resource: message`, lines divided by `|`. */
export function violationsOf({ events }: Observed): readonly string[] {
  return events.flatMap(({ policyEvent: event }) => {
    if (!event) return [];
    const { enforcementLevel, policyPackName, policyName, resourceUrn = "", message } = event;
    const text = message.trimEnd().replaceAll("\n", "|");
    return `${enforcementLevel} ${policyPackName}/${policyName} on ${parseUrn(resourceUrn).name}: ${text}`;
  });
}

/** `PolicyPacks` of the summary. */
export function packsOf(observed: Observed): unknown {
  const [summary] = bodiesOf(observed, "summaryEvent") as readonly { readonly PolicyPacks: unknown }[];
  return summary?.PolicyPacks;
}
