import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import type { ResourceState } from "../deploy/state.ts";
import { parseUrn } from "../deploy/urn.ts";

const HIDDEN_TYPE = "pulumi:pulumi:Stack";

/**
 * The steps of an operation as `op name`, in the order in which they began, without those of the stack itself and of default
 * providers; failed ones end in ` failed`.
 */
export function stepsOf(events: readonly EngineEvent[]): readonly string[] {
  const failed = new Set(events.flatMap(({ resOpFailedEvent: event }) => (event ? keyOf(event.metadata) : [])));
  return events.flatMap(({ resourcePreEvent: event }) => {
    if (!event || isImplied(event.metadata.urn)) return [];
    const { op, urn } = event.metadata;
    return `${op} ${parseUrn(urn).name}${failed.has(keyOf(event.metadata)) ? " failed" : ""}`;
  });
}

/** The messages of one severity, without the line end. */
export function messagesOf(events: readonly EngineEvent[], severity: string): readonly string[] {
  return events.flatMap(({ diagnosticEvent: event }) =>
    event && String(event.severity) === severity ? event.message.trimEnd() : [],
  );
}

/** A state as its id (`name-1`), or `name=id` for ids of others, with what is special about it in brackets. */
export function describeState(state: ResourceState): string {
  const flags = (["delete", "pendingReplacement", "external", "protect", "retainOnDelete"] as const).filter(
    (flag) => state[flag],
  );
  const errors = state.initErrors?.length ? ["initErrors"] : [];
  const all = [...flags, ...errors];
  const { name } = parseUrn(state.urn);
  const id = state.id ?? "";
  const subject = id === "" ? name : id.startsWith(`${name}-`) ? id : `${name}=${id}`;
  return `${subject}${all.length > 0 ? ` [${all.join(", ")}]` : ""}`;
}

function keyOf({ op, urn }: { readonly op: string; readonly urn: string }): string {
  return `${op} ${urn}`;
}

function isImplied(urn: string): boolean {
  const { type, name } = parseUrn(urn);
  return type === HIDDEN_TYPE || (type.startsWith("pulumi:providers:") && /^default(_|$)/.test(name));
}
