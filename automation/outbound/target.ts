import { isIP } from "node:net";
import { AutomationError } from "../errors.ts";
import { forbidden, isLoopback, type Reach } from "./addresses.ts";

export interface TargetRules {
  /** @default public */
  readonly reach?: Reach;
  /** Ports besides 443; on loopback every port may be called. */
  readonly ports?: readonly number[];
  /** Our own services, as `name` or `name:port`: nobody calls them through us. */
  readonly own?: readonly string[];
}

/** What an address looks like before its name is resolved. */
export interface Target {
  readonly url: URL;
  /** Name or IP address, without brackets and trailing dot. */
  readonly host: string;
  readonly port: number;
}

/** Names that mean a machine of somebody's own network (RFC 6761, RFC 6762, RFC 8375; `internal`: ICANN 2024). */
const PRIVATE_NAMES = /(?:^|\.)(?:localhost|local|internal|home\.arpa|localdomain|intranet|lan)$/;
const MAX_LENGTH = 2_000;

/**
 * Takes an address apart and refuses what can be told without asking the DNS. The URL parser reads a host as browsers do, so
 * `https://0x7f.1`, `https://2130706433` and full-width letters are here what they would be there.
 *
 * @throws {AutomationError} `OUTBOUND_REFUSED`
 */
export function targetOf(address: string, rules: TargetRules = {}): Target {
  const refuse = (problem: string) =>
    new AutomationError("OUTBOUND_REFUSED", { address: shownAddress(address), problem });
  if (address.length > MAX_LENGTH) throw refuse(`has more than ${MAX_LENGTH} characters`);
  if (!URL.canParse(address)) throw refuse("is no address");
  const url = new URL(address);
  const { reach = "public", ports = [] } = rules;
  if (url.username || url.password) throw refuse("a name or password does not belong into the address");
  if (url.protocol !== "https:" && url.protocol !== "http:") throw refuse("only https is called");
  const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  const local = isPrivateName(host) || isLoopback(host);
  const mayBeLocal = reach === "loopback" && (isLoopback(host) || /(?:^|\.)localhost$/.test(host));
  if (url.protocol === "http:" && !mayBeLocal) throw refuse("only https is called");
  const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
  if (local && !mayBeLocal) throw refuse("the name belongs to a network of its own");
  if (isIP(host)) {
    const problem = forbidden(host, reach);
    if (problem) throw refuse(`${host} ${problem}`);
  } else if (!mayBeLocal && !host.includes(".")) throw refuse("the name belongs to a network of its own");
  if (!mayBeLocal && port !== 443 && !ports.includes(port)) throw refuse(`the port ${port} is not called`);
  if (isOwn(host, port, rules.own ?? [])) throw refuse("is a service of this platform");
  return { url, host, port };
}

/** The address without what may be secret: user, password, query. */
export function shownAddress(address: string): string {
  if (!URL.canParse(address)) return address.slice(0, 100);
  const { protocol, host, pathname } = new URL(address);
  return `${protocol}//${host}${pathname}`.slice(0, 200);
}

function isPrivateName(host: string): boolean {
  return PRIVATE_NAMES.test(host);
}

/** One machine has many names: an own service on loopback is recognised by its port alone. */
function isOwn(host: string, port: number, own: readonly string[]): boolean {
  const isLocal = (name: string) => isLoopback(name) || /(?:^|\.)localhost$/.test(name);
  return own.some((each) => {
    const [, name = "", ownPort] = /^(.*?)(?::(\d+))?$/.exec(each.toLowerCase()) ?? [];
    const samePort = ownPort === undefined || Number(ownPort) === port;
    return samePort && (name === host || (ownPort !== undefined && isLocal(name) && isLocal(host)));
  });
}
