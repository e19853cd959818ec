import { randomUUID } from "node:crypto";
import { Agent } from "node:https";
import { setDefaultCACertificates } from "node:tls";
import { CosmosClient, type CosmosClientOptions } from "@azure/cosmos";
import type { EmulatorService } from "../../core/context.ts";
import type { ArmResource, Json } from "../../core/resources.ts";
import { type TestContext, testContext } from "../../testing/context.ts";
import { createCosmos } from "./index.ts";

export const ACCOUNT_ID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DocumentDB/databaseAccounts/acct";
export const DATABASE_ID = `${ACCOUNT_ID}/sqlDatabases/app`;
const TYPE = "Microsoft.DocumentDB/databaseAccounts";
const READER = "00000000-0000-0000-0000-000000000001";
const CONTRIBUTOR = "00000000-0000-0000-0000-000000000002";

export const SPY = {
  objectId: "spy",
  tenantId: "t",
  clientId: "c",
  kind: "app",
  audience: "a",
  groups: [],
  claims: {},
} as const;

/** A Cosmos account `acct` with a database `app` on a listener of its own, for tests through the real client. */
export interface CosmosHarness extends AsyncDisposable {
  readonly context: TestContext;
  readonly service: EmulatorService;
  readonly endpoint: string;
  /** Does what ARM does for a PUT: validates, stores, makes real. */
  put(id: string, type: string, properties: Json, kind?: string): Promise<ArmResource>;
  remove(id: string): Promise<void>;
  container(name: string, resource?: Json, options?: Json): Promise<ArmResource>;
  assign(principalId: string, role?: "reader" | "contributor" | string, scope?: string): Promise<ArmResource>;
  client(principalId?: string, options?: Partial<CosmosClientOptions>): CosmosClient;
}

/** @param dataDir data of an earlier harness: nothing is made anew, the resources of `from` are there again */
export async function startCosmos(dataDir?: string, from: readonly ArmResource[] = []): Promise<CosmosHarness> {
  const context = await testContext(dataDir);
  setDefaultCACertificates([context.certificates.ca]);
  for (const resource of from) context.putResource(resource);
  const service = createCosmos(context);
  await service.start();
  const hookOf = (type: string) => service.hooks.find((each) => each.type === type);
  const put = async (id: string, type: string, properties: Json, kind?: string): Promise<ArmResource> => {
    const desired = { id, name: id.split("/").at(-1) ?? "", type, properties, ...(kind !== undefined && { kind }) };
    const existing = context.resources.get(id);
    const request = { desired, caller: SPY, ...(existing && { existing }) };
    hookOf(type)?.validate?.(request);
    context.putResource(desired);
    const made = { ...desired, properties: { ...properties, ...(await hookOf(type)?.put?.(request)) } };
    context.putResource(made);
    return made;
  };
  const container = (name: string, resource: Json = {}, options: Json = {}) =>
    put(`${DATABASE_ID}/containers/${name}`, `${TYPE}/sqlDatabases/containers`, {
      resource: { id: name, partitionKey: { paths: ["/pk"], kind: "Hash" }, ...resource },
      options,
    });
  const assign = (principalId: string, role = "contributor", scope = ACCOUNT_ID) => {
    const name = { reader: READER, contributor: CONTRIBUTOR }[role] ?? role;
    const roleDefinitionId = `${ACCOUNT_ID}/sqlRoleDefinitions/${name}`;
    const id = `${ACCOUNT_ID}/sqlRoleAssignments/${randomUUID()}`;
    return put(id, `${TYPE}/sqlRoleAssignments`, { principalId, roleDefinitionId, scope });
  };
  if (!context.resources.get(ACCOUNT_ID)) {
    const locations = [{ locationName: "West Europe" }];
    await put(ACCOUNT_ID, TYPE, { databaseAccountOfferType: "Standard", locations }, "GlobalDocumentDB");
    await put(DATABASE_ID, `${TYPE}/sqlDatabases`, { resource: { id: "app" } });
    await assign("writer");
  }
  const endpoint = String(context.resources.get(ACCOUNT_ID)?.properties.documentEndpoint);
  return {
    context,
    service,
    endpoint,
    put,
    container,
    assign,
    remove: async (id) => {
      const resource = context.resources.get(id);
      if (resource) await hookOf(resource.type)?.delete?.(resource);
      context.removeResource(id);
    },
    client: (principalId = "writer", options = {}) =>
      new CosmosClient({
        endpoint,
        aadCredentials: context.credential(principalId),
        agent: new Agent({ keepAlive: true }), // its own: the shared one keeps sockets over a restart
        ...options,
      }),
    [Symbol.asyncDispose]: async () => {
      await service.stop();
      await context[Symbol.asyncDispose]();
    },
  };
}
