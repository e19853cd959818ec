import type { DatabaseSync } from "node:sqlite";
import type { EmulatorContext } from "./context.ts";
import { type Connection, peerProcesses } from "./peers.ts";
import type { Json } from "./resources.ts";

type House = Pick<EmulatorContext, "database" | "resources">;

const INSIDE = new WeakMap<DatabaseSync, Map<number, string>>();

/** Replicas that stand in a network: process → virtual network. One table for each emulator. */
function insiders({ database }: House): Map<number, string> {
  const known = INSIDE.get(database) ?? new Map<number, string>();
  INSIDE.set(database, known);
  return known;
}

/**
 * Tells that a process, with all that descends from it, speaks from a subnet.
 *
 * @returns takes it back, when the process has ended
 */
export function enterNetwork(house: House, pid: number, subnetId: string): () => void {
  insiders(house).set(pid, networkOf(subnetId));
  return () => void insiders(house).delete(pid);
}

/**
 * May this connection reach the data plane of a resource? While `publicNetworkAccess` is `Disabled`, only from the virtual network of one
 * of its private endpoints.
 */
export function admits(house: House, resourceId: string, connection: Connection): boolean {
  const closed = house.resources.get(resourceId)?.properties.publicNetworkAccess;
  if (String(closed).toLowerCase() !== "disabled") return true;
  return standsIn(house, connection, endpointNetworks(house, resourceId));
}

/**
 * Does the other end of a connection stand in one of these virtual networks? The emulator's own process counts as a trusted service of
 * Azure, and a peer that cannot be told is let in: it has ended, or the machine has no `/proc`.
 */
export function standsIn(house: House, connection: Connection, networks: readonly string[]): boolean {
  const peers = peerProcesses(connection);
  if (peers.length === 0 || peers[0] === process.pid) return true;
  const inside = insiders(house);
  const network = peers.map((pid) => inside.get(pid)).find((found) => found !== undefined);
  return network !== undefined && networks.includes(network);
}

/** Virtual networks in which the resource has an address. */
export function endpointNetworks({ resources }: House, resourceId: string): readonly string[] {
  const endpoints = resources.list("Microsoft.Network/privateEndpoints");
  return endpoints.flatMap(({ properties }) => {
    const connections = (properties.privateLinkServiceConnections ?? []) as readonly { readonly properties?: Json }[];
    const targets = connections.map((each) => String(each.properties?.privateLinkServiceId).toLowerCase());
    const subnet = (properties.subnet as { readonly id?: string } | undefined)?.id;
    return subnet && targets.includes(resourceId.toLowerCase()) ? [networkOf(subnet)] : [];
  });
}

/** The virtual network of a subnet, in small letters: ids compare without case. */
export function networkOf(subnetId: string): string {
  return subnetId.toLowerCase().replace(/\/subnets\/[^/]+$/, "");
}
