import { createLocalJWKSet, createRemoteJWKSet, decodeJwt, type JWTPayload, jwtVerify } from "jose";
import { type DirectoryObject, list } from "./directory.ts";
import { EntraError } from "./errors.ts";
import type { EntraRoom } from "./room.ts";

const ALGORITHMS = ["RS256", "RS384", "RS512", "ES256", "PS256"];

/**
 * Checks a client assertion of workload identity federation against the client's federated credentials: issuer, subject and
 * audience exact, signature by the issuer's published keys.
 *
 * @throws EntraError `wrongAssertion`, `badAssertion`
 */
export async function checkAssertion(room: EntraRoom, clientId: string, assertion: string): Promise<void> {
  const claims = readClaims(assertion);
  const { iss = "", sub = "" } = claims;
  const audiences = [claims.aud ?? []].flat();
  const fits = ({ body }: DirectoryObject) =>
    body.issuer === iss && body.subject === sub && list(body.audiences).some((each) => audiences.includes(each));
  const credential = room.directory.find("federated", clientId).find(fits);
  if (!credential)
    throw new EntraError("wrongAssertion", `issuer '${iss}', subject '${sub}', audience '${audiences.join(" ")}'.`);
  const currentDate = new Date(room.clock.now());
  try {
    const keys = isOwn(room, iss) ? createLocalJWKSet(await room.tokens.publicKeys()) : await publishedKeys(iss);
    await jwtVerify(assertion, keys, { algorithms: ALGORITHMS, issuer: iss, currentDate, requiredClaims: ["exp"] });
  } catch (error) {
    throw new EntraError("badAssertion", error instanceof Error ? error.message : String(error));
  }
}

function readClaims(assertion: string): JWTPayload {
  try {
    return decodeJwt(assertion);
  } catch {
    throw new EntraError("badAssertion", "it is no token.");
  }
}

function isOwn(room: EntraRoom, issuer: string): boolean {
  return issuer.startsWith(`${room.authority()}/`) || issuer.startsWith("https://sts.windows.net/");
}

async function publishedKeys(issuer: string) {
  const answer = await fetch(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
  const { jwks_uri: address } = (await answer.json()) as { readonly jwks_uri?: unknown };
  if (typeof address !== "string") throw new Error(`${issuer} publishes no keys`);
  return createRemoteJWKSet(new URL(address));
}
