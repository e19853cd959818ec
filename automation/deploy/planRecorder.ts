import { withoutSecrets } from "@devfactory/checks/plan/resource.ts";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import type { FromChild, PlannedResource } from "./messages.ts";

/** Steps that take away the old half of a replacement: the new half says what will be there. */
const ENDS_OF_OLD = new Set<string>(["delete-replaced", "discard-replaced", "read-discard", "remove-pending-replace"]);

/** Collects the resources of a preview from engine events. */
export class PlanRecorder {
  readonly #resources = new Map<string, PlannedResource>();

  take(event: EngineEvent): void {
    const metadata = event.resourcePreEvent?.metadata ?? event.resOutputsEvent?.metadata;
    if (!metadata) return;
    const { urn, type, op } = metadata;
    if (type === "pulumi:pulumi:Stack" || type.startsWith("pulumi:providers:") || ENDS_OF_OLD.has(op)) return;
    const operation = op === "create-replacement" ? "replace" : op;
    const state = operation === "delete" ? metadata.old : (metadata.new ?? metadata.old);
    const inputs = withoutSecrets(state?.inputs ?? {}) as Record<string, unknown>;
    this.#resources.set(urn, {
      urn,
      type,
      name: nameOf(urn),
      operation,
      inputs,
      ...(state?.parent && { parent: state.parent }),
      ...(!state?.custom && { component: true }),
      ...(operation === "replace" && metadata.keys?.length && { replaceKeys: metadata.keys }),
    });
  }

  get resources(): readonly PlannedResource[] {
    return [...this.#resources.values()];
  }
}

/** What a person wants to see of an engine event; nothing for the rest. */
export function toMessage(event: EngineEvent): FromChild | undefined {
  const pre = event.resourcePreEvent?.metadata;
  const done = event.resOutputsEvent?.metadata;
  const failed = event.resOpFailedEvent?.metadata;
  const metadata = pre ?? done ?? failed;
  if (metadata) {
    if (metadata.op === "same" || metadata.type === "pulumi:pulumi:Stack") return undefined;
    const phase = pre ? "started" : done ? "done" : "failed";
    const { urn, type: resourceType, op: operation } = metadata;
    return { type: "resource", phase, operation, urn, resourceType, sequence: event.sequence };
  }
  const diagnostic = event.diagnosticEvent;
  if (!diagnostic || diagnostic.ephemeral) return undefined;
  const message = withoutColors(diagnostic.message).trim();
  if (!message) return undefined;
  const level = diagnostic.severity === "error" || diagnostic.severity === "warning" ? diagnostic.severity : "info";
  return { type: "log", level, message, ...(diagnostic.urn ? { urn: diagnostic.urn } : {}) };
}

/** `urn:pulumi:stack::project::types::name` → `name`. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** Pulumi's colour tags: `<{%fg 1%}>`. */
function withoutColors(text: string): string {
  return text.replace(/<\{%[^%]*%\}>/g, "");
}
