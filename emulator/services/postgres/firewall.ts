import { isIPv4 } from "node:net";
import type { EmulatorContext } from "../../core/context.ts";
import type { Connection } from "../../core/peers.ts";
import { endpointNetworks, networkOf, standsIn } from "../../core/privateAccess.ts";

type House = Pick<EmulatorContext, "database" | "resources">;
type Peer = Connection & { readonly remoteAddress?: string | undefined };

/** A range of a firewall rule, both ends included. */
export interface AddressRange {
  readonly startIpAddress: string;
  readonly endIpAddress: string;
}

/**
 * Do the rules let this peer in? On one machine every peer has a loopback address; it counts as a peer inside Azure, which the rule
 * 0.0.0.0 to 0.0.0.0 ("allow Azure services") lets in.
 *
 * @see Microsoft Learn, "Firewall rules in Azure Database for PostgreSQL"
 */
export function allowsPeer(ranges: readonly AddressRange[], address: string): boolean {
  const peer = toNumber(address.replace(/^::ffff:/, ""));
  const isInside = address === "::1" || (peer !== undefined && peer >>> 24 === 127);
  return ranges.some(({ startIpAddress, endIpAddress }) => {
    const [start, end] = [toNumber(startIpAddress), toNumber(endIpAddress)];
    if (start === undefined || end === undefined) return false;
    if (start === 0 && end === 0) return isInside;
    return peer !== undefined && start <= peer && peer <= end;
  });
}

/** The rules of one server, and the networks in which it has an address, as ARM has them now. */
export function serverAllows(house: House, serverId: string, connection: Peer): boolean {
  const rules = house.resources.list("Microsoft.DBforPostgreSQL/flexibleServers/firewallRules", `${serverId}/`);
  const ranges = rules.map((rule) => rule.properties as unknown as AddressRange);
  if (allowsPeer(ranges, connection.remoteAddress ?? "")) return true;
  const networks = privateNetworks(house, serverId);
  return networks.length > 0 && standsIn(house, connection, networks);
}

/** Where it answers: its delegated subnet, and its private endpoints. */
function privateNetworks(house: House, serverId: string): readonly string[] {
  const network = (house.resources.get(serverId)?.properties.network ?? {}) as { delegatedSubnetResourceId?: string };
  const { delegatedSubnetResourceId: subnet } = network;
  return [...(subnet ? [networkOf(subnet)] : []), ...endpointNetworks(house, serverId)];
}

/** @returns the address as an unsigned number, undefined when it is not IPv4 */
export function toNumber(address: string): number | undefined {
  if (!isIPv4(address)) return undefined;
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}
