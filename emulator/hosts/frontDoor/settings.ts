import type { ArmResource, Json, ResourceReader } from "../../core/resources.ts";

/** One route of an endpoint. */
export interface Route {
  readonly patterns: readonly string[];
  readonly groupId: string;
}

/** How an origin group judges and asks its origins. */
export interface OriginGroup {
  readonly id: string;
  readonly sampleSize: number;
  readonly successesNeeded: number;
  /** Absent: nobody is asked, and every origin counts as healthy. */
  readonly probe?: { readonly path: string; readonly method: string; readonly intervalMs: number };
}

export interface Origin {
  readonly id: string;
  /** `localhost:<port>`; absent for what stands outside the local Azure. */
  readonly address?: string;
  readonly hostHeader: string;
  readonly priority: number;
  readonly weight: number;
}

const PROFILE = "Microsoft.Cdn/profiles";
export const TYPES = {
  profile: PROFILE,
  endpoint: `${PROFILE}/afdEndpoints`,
  route: `${PROFILE}/afdEndpoints/routes`,
  group: `${PROFILE}/originGroups`,
  origin: `${PROFILE}/originGroups/origins`,
} as const;

/** What ARM has of doors, as the data plane reads it: what is disabled is left out, what is left out has the service's default (Azure Front Door REST, 2025-06-01). */
export class DoorSettings {
  readonly #resources: ResourceReader;

  constructor(resources: ResourceReader) {
    this.#resources = resources;
  }

  isOpen(endpointId: string): boolean {
    const endpoint = this.#resources.get(endpointId);
    return endpoint !== undefined && isEnabled(endpoint);
  }

  /** What requests that came through a profile bear in `X-Azure-FDID`. */
  frontDoorId(belowProfile: string): string {
    const profile = this.#resources.get(belowProfile.split("/").slice(0, 9).join("/"));
    return String(profile?.properties.frontDoorId ?? "");
  }

  routes(endpointId: string): readonly Route[] {
    const found = this.#resources.list(TYPES.route, `${endpointId}/routes/`).filter(isEnabled);
    return found.map(({ properties: { patternsToMatch, originGroup } }) => ({
      patterns: Array.isArray(patternsToMatch) ? patternsToMatch.map(String) : ["/*"],
      groupId: String((originGroup as Json | undefined)?.id ?? ""),
    }));
  }

  group(id: string): OriginGroup | undefined {
    const found = this.#resources.get(id);
    return found && groupOf(found);
  }

  groups(): readonly OriginGroup[] {
    return this.#resources.list(TYPES.group).map(groupOf);
  }

  origins(groupId: string): readonly Origin[] {
    return this.#resources.list(TYPES.origin, `${groupId}/origins/`).filter(isEnabled).map(originOf);
  }
}

function isEnabled({ properties }: ArmResource): boolean {
  return properties.enabledState !== "Disabled";
}

function groupOf({ id, properties }: ArmResource): OriginGroup {
  const { sampleSize = 4, successfulSamplesRequired = 3 } = (properties.loadBalancingSettings ?? {}) as Json;
  const probe = properties.healthProbeSettings as Json | undefined;
  return {
    id,
    sampleSize: Number(sampleSize),
    successesNeeded: Number(successfulSamplesRequired),
    ...(probe && {
      probe: {
        path: String(probe.probePath ?? "/"),
        method: String(probe.probeRequestType ?? "HEAD"),
        intervalMs: 1000 * Number(probe.probeIntervalInSeconds ?? 240),
      },
    }),
  };
}

function originOf({ id, properties }: ArmResource): Origin {
  const { originHostHeader, priority = 1, weight = 1000 } = properties;
  const hostName = String(properties.hostName ?? "");
  return {
    id,
    ...(/^localhost:\d+$/.test(hostName) && { address: hostName }),
    hostHeader: String(originHostHeader ?? hostName),
    priority: Number(priority),
    weight: Number(weight),
  };
}
