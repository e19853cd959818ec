import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/context.ts";
import type { ResourceHooks } from "../core/resources.ts";
import type { Caller, TokenAuthority } from "../core/tokens.ts";
import type { Limits } from "./capacity/limits.ts";
import type { Costs } from "./costs/costs.ts";
import type { IdentityDirectory } from "./identity.ts";
import type { OperationStore } from "./operations.ts";
import type { ArmPath } from "./path.ts";
import type { Registrations } from "./registrations.ts";
import type { RoleAccess } from "./roles/access.ts";
import type { ResourceStore } from "./store.ts";
import { armTypeOf } from "./types/table.ts";

/** All that the handlers of ARM share. */
export interface ControlPlane {
  readonly subscriptionId: string;
  readonly tenantId: string;
  readonly store: ResourceStore;
  readonly operations: OperationStore;
  readonly registrations: Registrations;
  readonly limits: Limits;
  readonly costs: Costs;
  readonly access: RoleAccess;
  readonly directory: IdentityDirectory;
  readonly tokens: TokenAuthority;
  readonly clock: Clock;
  readonly log: Log;
  /** By type in lower case. */
  readonly hooks: ReadonlyMap<string, ResourceHooks>;
  /** Ends of running operations by resource id in lower case. */
  readonly running: Map<string, Promise<unknown>>;
  /** How long an answer waits for a service before it becomes a long-running operation. */
  readonly patienceMs: number;
}

/** One request, authenticated. */
export interface Exchange {
  readonly method: string;
  readonly path: ArmPath;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly body: unknown;
  readonly caller: Caller;
  /** `https://localhost:P`, for links. */
  readonly origin: string;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The type as the table or a service spells it; `undefined` when nobody knows it. */
export function knownType(plane: ControlPlane, namespace: string, types: readonly string[]): string | undefined {
  const asked = [namespace, ...types].join("/");
  const hook = plane.hooks.get(asked.toLowerCase());
  return hook?.type ?? armTypeOf(asked)?.armType ?? templated(namespace, types);
}

/** Types whose last segment is a parameter in the table (`privateDnsZones/{recordType}`). */
function templated(namespace: string, types: readonly string[]): string | undefined {
  const [zone, record] = types;
  const zones = ["privatednszones", "dnszones"];
  if (namespace.toLowerCase() !== "microsoft.network" || types.length !== 2 || !zone || !record) return undefined;
  return zones.includes(zone.toLowerCase()) && /^(A|AAAA|CNAME|MX|NS|PTR|SOA|SRV|TXT|CAA)$/i.test(record)
    ? `Microsoft.Network/${zone}/${record}`
    : undefined;
}

/** Paths under `properties` that are never shown. */
export function secretPaths(plane: ControlPlane, type: string): readonly string[] {
  const fromTable = armTypeOf(type)?.secretInputs ?? [];
  const fromHook = plane.hooks.get(type.toLowerCase())?.secretPaths ?? [];
  return [...fromTable.map((path) => path.replace(/^properties\./, "")), ...fromHook];
}

/** Types that have no `provisioningState`. */
export function hasState(type: string): boolean {
  return !/^microsoft\.(authorization|consumption|resources\/tags)/i.test(type);
}

/** Regions compare without case and blanks: `West Europe` is `westeurope`. */
export function regionName(location: unknown): string {
  return String(location).toLowerCase().replaceAll(" ", "");
}
