import type * as pulumi from "@pulumi/pulumi";
import { type AlertRules, type Alerts, makeAlerts } from "./alerts.ts";
import type { authorization, monitor, network } from "./azure.ts";
import type { MakeChild } from "./child.ts";
import type { AppContext } from "./context.ts";
import { type Diagnostics, type LogSource, makeDiagnostics } from "./diagnostics.ts";
import { type Lock, makeLock } from "./lock.ts";
import { type Endpoints, makeEndpoints, type PrivateEndpoints } from "./privateEndpoint.ts";
import { makeRoleAssignments, type RoleAssignments } from "./roleAssignments.ts";
import type { ArgsOf, Transform } from "./transform.ts";

/** Options that are the same on every tier; a tier takes those that make sense for it with `Pick`. */
export interface CrossCutArgs {
  readonly roleAssignments?: RoleAssignments;
  readonly privateEndpoints?: PrivateEndpoints;
  readonly diagnostics?: Diagnostics;
  readonly lock?: Lock;
  readonly alerts?: Alerts;
}

/** Slots of the children that these options make. */
export const CROSS_CUT_SLOTS = [
  "role-*",
  "endpoint",
  "endpoint-*",
  "zones",
  "zones-*",
  "diagnostics",
  "diagnostics-*",
  "alert-*",
  "lock",
] as const;

/** Transforms of those children, for a tier's `transform`. */
export interface CrossCutTransforms {
  readonly lock?: Transform<ArgsOf<typeof authorization.ManagementLockByScope>>;
  readonly diagnostics?: Transform<ArgsOf<typeof monitor.DiagnosticSetting>>;
  readonly [logs: `diagnostics-${string}`]: Transform<ArgsOf<typeof monitor.DiagnosticSetting>>;
  readonly endpoint?: Transform<ArgsOf<typeof network.PrivateEndpoint>>;
  readonly [endpoint: `endpoint-${string}`]: Transform<ArgsOf<typeof network.PrivateEndpoint>>;
  readonly zones?: Transform<ArgsOf<typeof network.PrivateDnsZoneGroup>>;
  readonly [zones: `zones-${string}`]: Transform<ArgsOf<typeof network.PrivateDnsZoneGroup>>;
  readonly [alert: `alert-${string}`]: Transform<ArgsOf<typeof monitor.MetricAlert>>;
  readonly [role: `role-${string}`]: Transform<ArgsOf<typeof authorization.RoleAssignment>>;
}

/** What a tier says about its main resource; what it leaves out is not made. */
export interface CrossCut {
  readonly main: pulumi.CustomResource;
  readonly logs?: readonly LogSource[];
  /** From `endpointNetwork`, which the main resource's public access follows. */
  readonly endpoints?: Endpoints;
  readonly alerts?: AlertRules;
  /** What the alerts watch. @default `main` */
  readonly alertsOn?: pulumi.CustomResource;
  /** Context of the options, where the component itself completes it. @default the one of its arguments */
  readonly context?: AppContext;
  /** Whether deleting it loses data: locked in production. @default false */
  readonly keepsData?: boolean;
}

/** Who asks, and how it makes children. */
export interface CrossCutOwner {
  readonly key: string;
  /** `KeyVault vault`, for messages. */
  readonly label: string;
  readonly context: AppContext;
  readonly options: CrossCutArgs;
  readonly make: MakeChild;
  /** All children so far. */
  readonly children: () => readonly pulumi.Resource[];
}

/**
 * Makes what the options and the profile ask for: roles, endpoints, diagnostics, alerts, and the lock last.
 *
 * @returns `attachments`: endpoints, which an app must wait for; `roles`
 */
export function makeCrossCut(
  owner: CrossCutOwner,
  cut: CrossCut,
): { readonly attachments: readonly pulumi.CustomResource[]; readonly roles: readonly pulumi.CustomResource[] } {
  const { make, options } = owner;
  const context = cut.context ?? owner.context;
  const { main, keepsData = false } = cut;
  const roles = makeRoleAssignments(make, context, owner.label, main.id, options.roleAssignments ?? {});
  const attachments = cut.endpoints ? makeEndpoints(make, context, main, cut.endpoints) : [];
  makeDiagnostics(make, { ...owner, context }, options.diagnostics, cut.logs ?? []);
  makeAlerts(make, { ...owner, context }, options.alerts, cut.alertsOn ?? main, cut.alerts ?? {});
  makeLock(make, options.lock, context.profile, main, { keepsData, dependsOn: owner.children() });
  return { attachments, roles };
}
