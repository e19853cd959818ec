import type * as pulumi from "@pulumi/pulumi";
import { monitor } from "./azure.ts";
import type { MakeChild } from "./child.ts";
import type { AppContext } from "./context.ts";
import { ComponentError } from "./errors.ts";
import { physicalName } from "./naming.ts";

/** `audit` holds who did what and is small; `allLogs` is for what has no other log. */
export type LogGroup = "audit" | "allLogs";

/**
 * Where the logs of a resource go.
 * @default the context's workspace whenever there is one. `false`: nowhere
 */
export type Diagnostics =
  | boolean
  | {
      /** @default the context's */
      readonly workspaceResourceId?: pulumi.Input<string>;
      /** @default the tier's own: who did what */
      readonly logs?: LogGroup;
    };

/** One resource that writes logs; a storage account writes none itself, its services do. */
export interface LogSource {
  /** What comes after `diagnostics-`; the tier's main source has none. */
  readonly name?: string;
  readonly resourceId: pulumi.Output<string>;
  readonly group: LogGroup;
  /** Slot that this setting had before; its names stay, so that nothing is replaced. */
  readonly formerSlot?: string;
}

/** Makes `diagnostics` (and `diagnostics-<name>`). @throws {ComponentError} `CONTEXT_MISSING` without a workspace */
export function makeDiagnostics(
  make: MakeChild,
  owner: { readonly key: string; readonly label: string; readonly context: AppContext },
  option: Diagnostics | undefined,
  sources: readonly LogSource[],
): void {
  if (option === false) return;
  const wanted = typeof option === "object" ? option : {};
  const workspaceId = wanted.workspaceResourceId ?? owner.context.workspaceId;
  if (workspaceId === undefined) {
    if (option === undefined) return;
    throw new ComponentError("CONTEXT_MISSING", {
      component: owner.label,
      option: "diagnostics",
      missing: "workspace",
    });
  }
  for (const { name, resourceId, group, formerSlot } of sources) {
    const slot = name === undefined ? "diagnostics" : `diagnostics-${name}`;
    const former = formerSlot === undefined ? undefined : `${owner.key}-${formerSlot}`;
    const logs = [{ categoryGroup: wanted.logs ?? group, enabled: true }];
    const kept = former && { name: physicalName("Microsoft.Insights/diagnosticSettings", owner.context, former) };
    const args = { ...kept, resourceUri: resourceId, workspaceId, logs };
    make(slot, monitor.DiagnosticSetting, args, former === undefined ? {} : { aliases: [{ name: former }] });
  }
}
