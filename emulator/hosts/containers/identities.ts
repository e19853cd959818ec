import { request } from "node:https";
import type { EmulatorContext } from "../../core/context.ts";
import type { ArmResource, Json } from "../../core/resources.ts";
import type { Caller } from "../../core/tokens.ts";

/** The identity endpoint of one replica (App Service managed identity protocol 2019-08-01). */
export interface IdentityEndpoint {
  /** `IDENTITY_ENDPOINT`, plain http on loopback. */
  readonly url: string;
  /** `IDENTITY_HEADER`. */
  readonly header: string;
  close(): Promise<void>;
}

/** Opens an identity endpoint that gives tokens of a resource's identities. */
export type IdentityEndpointFactory = (resource: ArmResource) => Promise<IdentityEndpoint>;

/** Does the resource have an identity at all? */
export function hasIdentity(resource: ArmResource): boolean {
  const type = String(resource.identity?.type ?? "None");
  return type !== "None" && type !== "";
}

/**
 * The principal behind an `identity` setting of an app.
 *
 * @param setting `system`, or the resource id of an identity that is assigned to the resource
 * @returns `undefined` when it is not assigned
 */
export function principalOf(context: EmulatorContext, resource: ArmResource, setting: string): Caller | undefined {
  const identity = resource.identity ?? {};
  const tenantId = String(identity.tenantId ?? "");
  if (setting.toLowerCase() === "system") {
    return identity.principalId === undefined
      ? undefined
      : caller(String(identity.principalId), tenantId, String(identity.principalId));
  }
  const assigned = Object.entries((identity.userAssignedIdentities ?? {}) as Readonly<Record<string, Json | null>>);
  const found = assigned.find(([id]) => id.toLowerCase() === setting.toLowerCase());
  if (!found) return undefined;
  const stored = context.resources.get(setting)?.properties;
  const { principalId = found[1]?.principalId, clientId = found[1]?.clientId } = stored ?? {};
  if (principalId === undefined) return undefined;
  return caller(String(principalId), String(stored?.tenantId ?? tenantId), String(clientId));
}

function caller(objectId: string, tenantId: string, clientId: string): Caller {
  return {
    objectId,
    tenantId,
    clientId,
    kind: "app",
    audience: "https://management.azure.com",
    groups: [],
    claims: {},
  };
}

/**
 * Reads a Key Vault secret with an identity's rights.
 *
 * @param url `https://<vault>/secrets/<name>[/<version>]`
 * @throws when the vault refuses
 */
export async function readVaultSecret(context: EmulatorContext, url: string, principal: Caller): Promise<string> {
  const { tenantId, objectId, clientId, kind } = principal;
  const subject = { objectId, clientId, kind };
  const token = await context.tokens.issue({ tenantId, audience: "https://vault.azure.net", version: "v1", subject });
  const target = `${url.replace(/\/$/, "")}?api-version=7.4`;
  const answer = await get(target, { authorization: `Bearer ${token}` }, context.certificates.ca);
  const body = JSON.parse(answer.text) as { value?: string; error?: { code?: string; message?: string } };
  if (answer.status !== 200 || body.value === undefined) {
    throw new Error(`${url} answered ${answer.status}: ${body.error?.code ?? ""} ${body.error?.message ?? ""}`.trim());
  }
  return body.value;
}

function get(
  url: string,
  headers: Readonly<Record<string, string>>,
  ca: string,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const call = request(url, { headers, ca, timeout: 10_000 }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      answer.once("end", () => resolve({ status: answer.statusCode ?? 0, text }));
      answer.once("error", reject);
    });
    call.once("timeout", () => call.destroy(new Error(`${url} did not answer within 10 s`)));
    call.once("error", reject);
    call.end();
  });
}
