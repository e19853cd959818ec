import ipaddr from "ipaddr.js";

/** Who may be called: everybody on the internet, or (on the local target) also this machine. */
export type Reach = "public" | "loopback";

/** Global unicast (RFC 4291): what is outside belongs to no one on the internet. */
const GLOBAL_V6 = ipaddr.parseCIDR("2000::/3") as [ipaddr.IPv6, number];
/** Azure's wire server looks like anybody's address and hands out goal states and certificates (Microsoft Learn, "What is IP address 168.63.129.16"). */
const WIRE_SERVER = "168.63.129.16";

/**
 * Why an address may not be called; nothing when it may. Only plain unicast addresses of the internet pass: no private, shared,
 * link-local (metadata), documentation, benchmark, multicast or reserved range, and no IPv6 form that carries an IPv4 address
 * (mapped, NAT64, 6to4, Teredo), which a gateway would unpack.
 *
 * @param address as a resolver gives it
 */
export function forbidden(address: string, reach: Reach): string | undefined {
  if (!ipaddr.isValid(address)) return "is no address";
  const parsed = ipaddr.parse(address);
  const range = parsed.range();
  if (range === "loopback" && reach === "loopback") return undefined;
  if (range !== "unicast") return `belongs to a range that is not called (${range})`;
  if (parsed.toString() === WIRE_SERVER) return "belongs to a range that is not called (azure)";
  if (parsed instanceof ipaddr.IPv6 && !parsed.match(GLOBAL_V6))
    return "belongs to a range that is not called (not global)";
  return undefined;
}

/** Whether an address is this machine's own. */
export function isLoopback(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.parse(address).range() === "loopback";
}
