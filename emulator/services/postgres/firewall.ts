import { isIPv4 } from "node:net";
import type { ResourceReader } from "../../core/resources.ts";

/** A range of a firewall rule, both ends included. */
export interface AddressRange {
  readonly startIpAddress: string;
  readonly endIpAddress: string;
}

/**
 * May this peer connect? On one machine every peer has a loopback address; it counts as a peer inside Azure, which the rule
 * 0.0.0.0 to 0.0.0.0 ("allow Azure services") lets in, as does private network access.
 *
 * @see Microsoft Learn, "Firewall rules in Azure Database for PostgreSQL"
 */
export function allowsPeer(ranges: readonly AddressRange[], address: string, hasPrivateAccess: boolean): boolean {
  const peer = toNumber(address.replace(/^::ffff:/, ""));
  const isInside = address === "::1" || (peer !== undefined && peer >>> 24 === 127);
  if (isInside && hasPrivateAccess) return true;
  return ranges.some(({ startIpAddress, endIpAddress }) => {
    const [start, end] = [toNumber(startIpAddress), toNumber(endIpAddress)];
    if (start === undefined || end === undefined) return false;
    if (start === 0 && end === 0) return isInside;
    return peer !== undefined && start <= peer && peer <= end;
  });
}

/** The rules and the private access of one server, as ARM has them now. */
export function serverAllows(resources: ResourceReader, serverId: string, address: string): boolean {
  const rules = resources.list("Microsoft.DBforPostgreSQL/flexibleServers/firewallRules", `${serverId}/`);
  const ranges = rules.map((rule) => rule.properties as unknown as AddressRange);
  return allowsPeer(ranges, address, hasPrivateAccess(resources, serverId));
}

function hasPrivateAccess(resources: ResourceReader, serverId: string): boolean {
  const network = resources.get(serverId)?.properties.network as
    | { readonly delegatedSubnetResourceId?: string }
    | undefined;
  if (network?.delegatedSubnetResourceId) return true;
  const endpoints = resources.list("Microsoft.Network/privateEndpoints");
  return endpoints.some((endpoint) =>
    JSON.stringify(endpoint.properties).toLowerCase().includes(`"${serverId.toLowerCase()}"`),
  );
}

/** @returns the address as an unsigned number, undefined when it is not IPv4 */
export function toNumber(address: string): number | undefined {
  if (!isIPv4(address)) return undefined;
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}
