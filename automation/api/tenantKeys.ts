import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import { AutomationError } from "../errors.ts";

/** The signing keys of a tenant. */
export interface TenantKeys {
  readonly key: JWTVerifyGetKey;
  /** The keys as they are known now. */
  readonly known: () => JSONWebKeySet | undefined;
}

type LocalKeys = ReturnType<typeof createLocalJWKSet>;

/** Between two fetches, also when they fail: whoever invents key ids causes no more. */
const COOLDOWN_MS = 30_000;
const REFRESH_MS = 3_600_000;
const TIMEOUT_MS = 5_000;
/** Entra's document has some 20 kB. */
const MAX_BYTES = 512 * 1024;

/**
 * Keys from an address: fetched with the first token, again in the background after an hour, and at once for a key id that is not
 * known, but not more often than every 30 s. What was fetched stays while the address does not answer.
 */
export function remoteKeys(address: string, now: () => number = Date.now): TenantKeys {
  let keys: LocalKeys | undefined;
  let triedAt = Number.NEGATIVE_INFINITY;
  let failure: unknown;
  let pending: Promise<void> | undefined;
  const refresh = (): Promise<void> => {
    triedAt = now();
    pending ??= fetchKeys(address)
      .then((fetched) => {
        keys = fetched;
        failure = undefined;
      })
      .catch((error: unknown) => {
        failure = error;
      })
      .finally(() => {
        pending = undefined;
      });
    return pending;
  };
  const cooled = () => now() - triedAt >= COOLDOWN_MS;
  return {
    known: () => keys?.jwks(),
    key: async (header, token) => {
      if (!keys && (pending || cooled())) await refreshOnce(pending, refresh);
      if (!keys) throw failure;
      if (now() - triedAt >= REFRESH_MS) void refresh();
      try {
        return await keys(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey) || !(pending || cooled())) throw error;
        await refreshOnce(pending, refresh);
        return keys(header, token);
      }
    },
  };
}

/** Whoever comes while keys are fetched waits for that fetch. */
function refreshOnce(pending: Promise<void> | undefined, refresh: () => Promise<void>): Promise<void> {
  return pending ?? refresh();
}

async function fetchKeys(address: string): Promise<LocalKeys> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: "error" });
    text = await response.text();
  } catch (error) {
    throw new AutomationError("SIGN_IN_UNAVAILABLE", {}, { cause: error });
  }
  if (response.status >= 500 || response.status === 429) throw new AutomationError("SIGN_IN_UNAVAILABLE");
  if (!response.ok || text.length > MAX_BYTES) {
    throw new AutomationError("UNAUTHORIZED", { reason: "Refused: the tenant is not known to the authority." });
  }
  return createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
}

/**
 * Whether a key may sign for an issuer. Entra's shared documents say of each key whose it is (`issuer`, with `{tenantid}` for every
 * tenant); a key that says nothing belongs to the document's own tenant.
 */
export function keyFits(
  keys: JSONWebKeySet | undefined,
  kid: string | undefined,
  issuer: string,
  tenantId: string,
): boolean {
  const found = keys?.keys.filter((each) => each.kid === kid) ?? [];
  return found.every((each) => {
    const own: unknown = "issuer" in each ? each.issuer : undefined;
    if (own === undefined) return true;
    return typeof own === "string" && own.replace("{tenantid}", tenantId) === issuer;
  });
}
