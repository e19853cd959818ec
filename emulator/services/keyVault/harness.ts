import { setDefaultCACertificates } from "node:tls";
import { SecretClient } from "@azure/keyvault-secrets";
import type { ArmResource, Json } from "../../core/resources.ts";
import { type TestContext, testContext } from "../../testing/context.ts";
import { createKeyVault, type KeyVaultService } from "./index.ts";

export const VAULT_ID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/Vault1";
/** The tenant of the test credentials. */
export const TENANT = "11111111-1111-4111-8111-111111111111";
const CALLER = {
  objectId: "o",
  tenantId: TENANT,
  clientId: "c",
  kind: "app",
  audience: "a",
  groups: [],
  claims: {},
} as const;

/** A vault on a listener of its own, for tests through the real client. */
export interface VaultHarness extends AsyncDisposable {
  readonly context: TestContext;
  readonly service: KeyVaultService;
  readonly uri: string;
  /** Does what ARM does for a PUT: validates, stores, makes real. */
  put(id: string, type: string, properties: Json): Promise<ArmResource>;
  putVault(properties?: Json): Promise<ArmResource>;
  removeVault(): Promise<void>;
  /** Gives an application all rights on the vault, or some. */
  allow(objectId: string, action?: string, scope?: string): void;
  client(objectId?: string): SecretClient;
  /** A request of the REST interface with a token, for what no installed client does. */
  call(
    method: string,
    path: string,
    body?: Json,
    objectId?: string,
  ): Promise<{ status: number; body: Record<string, unknown> }>;
}

/** @param dataDir data of an earlier harness, with the resources of `from` */
export async function startVault(dataDir?: string, from: readonly ArmResource[] = []): Promise<VaultHarness> {
  const context = await testContext(dataDir);
  setDefaultCACertificates([context.certificates.ca]);
  for (const resource of from) context.putResource(resource);
  const service = createKeyVault(context);
  await service.start();
  const hookOf = (type: string) => service.hooks.find((each) => each.type === type);
  const put = async (id: string, type: string, properties: Json): Promise<ArmResource> => {
    const desired = { id, name: id.split("/").at(-1) ?? "", type, location: "westeurope", properties };
    const existing = context.resources.get(id);
    const request = { desired, caller: CALLER, ...(existing && { existing }) };
    hookOf(type)?.validate?.(request);
    const made = { ...desired, properties: { ...properties, ...(await hookOf(type)?.put?.(request)) } };
    context.putResource(made);
    return made;
  };
  const putVault = (properties: Json = {}) =>
    put(VAULT_ID, "Microsoft.KeyVault/vaults", {
      tenantId: TENANT,
      sku: { family: "A", name: "standard" },
      enableRbacAuthorization: true,
      ...properties,
    });
  if (!context.resources.get(VAULT_ID)) await putVault();
  const uri = String(context.resources.get(VAULT_ID)?.properties.vaultUri);
  const allow = (objectId: string, action = "*", scope = VAULT_ID) => context.grant(objectId, action, scope);
  allow("officer");
  return {
    context,
    service,
    uri,
    put,
    putVault,
    allow,
    removeVault: async () => {
      const resource = context.resources.get(VAULT_ID);
      if (resource) await hookOf(resource.type)?.delete?.(resource);
      context.removeResource(VAULT_ID);
    },
    client: (objectId = "officer") =>
      new SecretClient(uri, context.credential(objectId), {
        disableChallengeResourceVerification: true,
        retryOptions: { maxRetries: 2, retryDelayInMs: 1 }, // a socket kept alive over a restart hangs up once
      }),
    call: async (method, path, body, objectId = "officer") => {
      const token = await context.credential(objectId).getToken("https://vault.azure.net/.default");
      const response = await fetch(`${uri}${path}${path.includes("?") ? "&" : "?"}api-version=7.6`, {
        method,
        headers: { authorization: `Bearer ${token?.token}`, "content-type": "application/json" },
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>) };
    },
    [Symbol.asyncDispose]: async () => {
      await service.stop();
      await context[Symbol.asyncDispose]();
    },
  };
}
