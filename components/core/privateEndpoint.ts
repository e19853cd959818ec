import type * as pulumi from "@pulumi/pulumi";
import { network } from "./azure.ts";
import type { MakeChild } from "./child.ts";
import type { AppContext, EndpointNetwork } from "./context.ts";
import { ComponentError } from "./errors.ts";
import { PRIVATE_LINK, type PrivateLinkName } from "./privateLink.ts";

/**
 * An address of the resource inside a network; its public one is closed. About 7.30 USD a month for each endpoint.
 * @default in production when the context has a network and the SKU allows it, else none. `true`: in the context's network
 */
export type PrivateEndpoints = boolean | { readonly network: EndpointNetwork };

/** Why a tier cannot have an endpoint as it is configured. */
export interface EndpointRefusal {
  /** What it would need: `sku Premium`. */
  readonly needed: string;
  readonly given: string;
  readonly why: string;
}

/**
 * The network that a resource gets an endpoint in, decided from plain values before anything is made; undefined for none.
 *
 * @throws {ComponentError} `OPTION_UNSUPPORTED` when it is asked for and refused, `CONTEXT_MISSING` without a network
 */
export function endpointNetwork(
  component: string,
  context: AppContext,
  option: PrivateEndpoints | undefined,
  refusal?: EndpointRefusal,
): EndpointNetwork | undefined {
  if (option === false) return undefined;
  if (option === undefined) {
    return context.profile === "production" && refusal === undefined ? context.network : undefined;
  }
  if (refusal) throw new ComponentError("OPTION_UNSUPPORTED", { component, option: "privateEndpoints", ...refusal });
  const found = option === true ? context.network : option.network;
  if (found) return found;
  const details = { component, option: "privateEndpoints", missing: "network" };
  throw new ComponentError("CONTEXT_MISSING", details);
}

/** What a tier says about its endpoints: the first link is `endpoint`, the others are `endpoint-<group>`. */
export interface Endpoints {
  readonly network: EndpointNetwork;
  readonly links: readonly PrivateLinkName[];
  /** What must be finished before, for services that take one change at a time. */
  readonly after?: pulumi.Resource;
}

/** Makes `endpoint` and `zones` (the names in the network's zone) for each link; gives what an app must wait for. */
export function makeEndpoints(
  make: MakeChild,
  context: AppContext,
  main: pulumi.CustomResource,
  endpoints: Endpoints,
): readonly pulumi.CustomResource[] {
  const { resourceGroupName } = context;
  const made: pulumi.CustomResource[] = [];
  for (const [index, name] of endpoints.links.entries()) {
    const { group, zone } = PRIVATE_LINK[name];
    const suffix = index === 0 ? "" : `-${group.toLowerCase()}`;
    const before = made.at(-1) ?? endpoints.after; // endpoints of one resource are changes of it: one after the other
    const endpoint = make(
      `endpoint${suffix}`,
      network.PrivateEndpoint,
      {
        resourceGroupName,
        subnet: { id: endpoints.network.endpointsSubnetId },
        privateLinkServiceConnections: [{ name: group, privateLinkServiceId: main.id, groupIds: [group] }],
      },
      before === undefined ? {} : { dependsOn: before },
    );
    const zoneName = zone.replace("{region}", context.location);
    const { zoneId, link } = endpoints.network.zone(zoneName);
    const configs = [{ name: zoneName.replaceAll(".", "-"), privateDnsZoneId: zoneId }];
    const zones = make(
      `zones${suffix}`,
      network.PrivateDnsZoneGroup,
      {
        resourceGroupName,
        privateEndpointName: endpoint.name,
        privateDnsZoneGroupName: "default",
        privateDnsZoneConfigs: configs,
      },
      link === undefined ? {} : { dependsOn: link },
    );
    made.push(zones);
  }
  return made;
}
