import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { BlobServiceClient } from "@azure/storage-blob";
import type { ArmResource, Json } from "../../core/resources.ts";
import { type TestContext, testContext } from "../../testing/context.ts";
import { createStorage } from "./index.ts";

export const ACCOUNT_ID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/shop";
const CALLER = {
  objectId: "x",
  tenantId: "t",
  clientId: "c",
  kind: "app",
  audience: "",
  groups: [],
  claims: {},
} as const;

/** The service with one account, driven by the unmodified client, which this process then trusts. */
export interface TestStorage extends AsyncDisposable {
  readonly context: TestContext;
  readonly endpoints: { readonly blob: string; readonly queue: string };
  readonly service: ReturnType<typeof createStorage>;
  /** What ARM does with a PUT. @param path below the account */
  put(path: string, properties?: Json): Promise<ArmResource>;
  /** What ARM does with a DELETE, and with a POST. */
  remove(path: string): Promise<void>;
  act(name: string, body?: Json): Promise<unknown>;
  blobs(objectId?: string): BlobServiceClient;
}

/** @param context reuses data, to test a restart */
export async function testStorage(context?: TestContext, properties: Json = {}): Promise<TestStorage> {
  const house = context ?? (await testContext());
  setDefaultCACertificates([...getCACertificates(), house.certificates.ca]);
  const service = createStorage(house);
  await service.start();
  const put = async (path: string, wanted: Json = {}) => {
    const id = path ? `${ACCOUNT_ID}/${path}` : ACCOUNT_ID;
    const segments = id.split("/").slice(7);
    const type = `Microsoft.Storage/${segments.filter((_, index) => index % 2 === 0).join("/")}`;
    const desired: ArmResource = { id, name: segments.at(-1) ?? "", type, properties: wanted };
    const hooks = service.hooks.find((each) => each.type === type);
    hooks?.validate?.({ desired, caller: CALLER });
    const stored = { ...desired, properties: { ...wanted, ...(await hooks?.put?.({ desired, caller: CALLER })) } };
    house.putResource(stored);
    return stored;
  };
  const account = await put("", properties);
  const endpoints = account.properties.primaryEndpoints as TestStorage["endpoints"];
  house.grant("owner", "Microsoft.Storage/*", ACCOUNT_ID);
  return {
    context: house,
    endpoints,
    service,
    put,
    remove: async (path) => {
      const found = house.resources.get(path ? `${ACCOUNT_ID}/${path}` : ACCOUNT_ID);
      if (found) await service.hooks.find((each) => each.type === found.type)?.delete?.(found);
      if (found) house.removeResource(found.id);
    },
    act: async (name, body = {}) => {
      const found = house.resources.get(ACCOUNT_ID);
      const action = service.hooks.find((each) => each.type === found?.type)?.actions?.[name];
      return found && (await action?.(found, body, CALLER))?.body;
    },
    blobs: (objectId = "owner") => new BlobServiceClient(endpoints.blob, house.credential(objectId)),
    [Symbol.asyncDispose]: async () => {
      await service.stop();
      if (!context) await house[Symbol.asyncDispose]();
    },
  };
}
