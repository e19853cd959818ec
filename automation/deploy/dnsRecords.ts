import { Resolver } from "node:dns/promises";
import type { DnsRecord } from "../jobs/domains.ts";

const TIMEOUT_MS = 3_000;
const TRIES = 2;
/** What resolvers say when a name, or a record of this type, is not there. */
const ABSENT = new Set(["ENOTFOUND", "ENODATA"]);

/** Values of a record; none when it is not there. Throws when nobody answers. */
export type DnsLookup = (type: DnsRecord["type"], name: string) => Promise<readonly string[]>;

/** Asks a name server, past what this machine remembers. @param server `address` or `address:port`; default: those of the machine */
export function dnsLookup(server?: string): DnsLookup {
  return async (type, name) => {
    // One for each question: it keeps nothing.
    const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
    if (server !== undefined) resolver.setServers([server]);
    try {
      switch (type) {
        case "A":
          return await resolver.resolve4(name);
        case "CNAME":
          return await resolver.resolveCname(name);
        case "TXT":
          return (await resolver.resolveTxt(name)).map((parts) => parts.join(""));
      }
    } catch (error) {
      if (ABSENT.has(String((error as { code?: unknown }).code))) return [];
      throw error;
    }
  };
}

/** What is wrong with records as the zone has them; empty when all are set. Values are compared as DNS does: without case, but for TXT. */
export async function wrongRecords(lookup: DnsLookup, records: readonly DnsRecord[]): Promise<readonly string[]> {
  const problems = await Promise.all(records.map((record) => wrong(lookup, record)));
  return problems.filter((each) => each !== undefined);
}

async function wrong(lookup: DnsLookup, { type, name, value }: DnsRecord): Promise<string | undefined> {
  const wanted = plain(type, value);
  let there: readonly string[];
  try {
    there = (await lookup(type, name)).map((each) => plain(type, each));
  } catch (error) {
    const code = (error as { code?: unknown }).code ?? "no answer";
    return `${type} ${name}: the name server does not answer (${code})`;
  }
  if (there.includes(wanted) && (type === "TXT" || there.length === 1)) return undefined;
  if (there.length === 0) return `${type} ${name}: is not set, must be ${wanted}`;
  return `${type} ${name}: is ${there.join(", ").slice(0, 300)}, must be ${wanted}${type === "TXT" ? "" : " alone"}`;
}

/** Addresses of the local Azure have a port, which is no part of a name. */
function plain(type: DnsRecord["type"], value: string): string {
  if (type === "TXT") return value.trim();
  return value.trim().toLowerCase().replace(/\.$/, "").replace(/:\d+$/, "");
}
