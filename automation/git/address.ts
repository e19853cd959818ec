import { AutomationError } from "../errors.ts";
import type { OutboundClient } from "../outbound/outboundClient.ts";

export interface GitHosts {
  /** Hosts that may be asked, as `name` or `name:port`. */
  readonly hosts: readonly string[];
  /** Finds where a host is, and whether it may be called. */
  readonly outbound: Pick<OutboundClient, "check">;
}

/**
 * The address of a repository as git gets it.
 *
 * @throws {AutomationError} `GIT_REFUSED` for what is no https address of a repository on one of the hosts
 */
export function gitAddress(given: string, hosts: readonly string[]): string {
  const refused = (problem: string) => new AutomationError("GIT_REFUSED", { url: given.slice(0, 200), problem });
  if (!URL.canParse(given)) throw refused("is no address");
  const url = new URL(given);
  if (url.protocol !== "https:") throw refused("only https is taken");
  if (url.username || url.password) throw refused("a name or password does not belong into the address");
  if (url.search || url.hash) throw refused("must be the address of a repository, without ? and #");
  if (!hosts.includes(url.host)) throw refused(`the host is not allowed; allowed are ${hosts.join(", ") || "none"}`);
  return url.href;
}

/** Makes git connect to the addresses that were checked, whatever the DNS says when it asks again (`http.curloptResolve`, git 2.37). */
export async function pinOf(url: string, outbound: GitHosts["outbound"]): Promise<readonly string[]> {
  try {
    const { port: given } = new URL(url);
    const { host, port, addresses } = await outbound.check(url, { ports: given ? [Number(given)] : [] });
    const all = addresses.map((each) => (each.includes(":") ? `[${each}]` : each)).join(",");
    return ["-c", `http.curloptResolve=${host}:${port}:${all}`];
  } catch (error) {
    if (!(error instanceof AutomationError)) throw error;
    throw new AutomationError("GIT_REFUSED", { url, problem: error.details.problem }, { cause: error });
  }
}
