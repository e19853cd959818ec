import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  AnonymousCredential,
  BlobSASPermissions,
  BlobServiceClient,
  BlockBlobClient,
  ContainerClient,
  ContainerSASPermissions,
  generateAccountSASQueryParameters,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ACCOUNT_ID, type TestStorage, testStorage } from "./testStorage.ts";

const BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs";
let storage: TestStorage;

beforeAll(async () => {
  storage = await testStorage();
  for (const name of ["mine", "other"]) {
    await storage.put(`blobServices/default/containers/${name}`);
    await storage.blobs().getContainerClient(name).getBlockBlobClient("b").upload("hello", 5);
  }
  storage.context.grant("reader", `${BLOBS}/read`, `${ACCOUNT_ID}/blobServices/default/containers/mine`);
  storage.context.grant("adder", `${BLOBS}/add/action`, ACCOUNT_ID);
  storage.context.grant(
    "reader",
    "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action",
    ACCOUNT_ID,
  );
});

afterAll(() => storage[Symbol.asyncDispose]());

const MISMATCH = { statusCode: 403, code: "AuthorizationPermissionMismatch" };

it("a reader of one container reads and lists it, and nothing more", async () => {
  const mine = storage.blobs("reader").getContainerClient("mine");
  expect((await mine.getBlockBlobClient("b").downloadToBuffer()).toString()).toBe("hello");
  const names: string[] = [];
  for await (const { name } of mine.listBlobsFlat()) names.push(name);
  expect(names).toEqual(["b"]);
  await expect(mine.getBlockBlobClient("c").upload("x", 1)).rejects.toMatchObject(MISMATCH);
  await expect(mine.getBlockBlobClient("b").delete()).rejects.toMatchObject(MISMATCH);
  await expect(mine.delete()).rejects.toMatchObject(MISMATCH);
  await expect(
    storage.blobs("reader").getContainerClient("other").getBlockBlobClient("b").download(),
  ).rejects.toMatchObject(MISMATCH);
  await expect(
    storage.blobs("nobody").getContainerClient("mine").getBlockBlobClient("b").download(),
  ).rejects.toMatchObject(MISMATCH);
});

it("who may only add makes new blobs and appends, and replaces none", async () => {
  const mine = storage.blobs("adder").getContainerClient("mine");
  await mine.getBlockBlobClient("new").upload("1", 1);
  await expect(mine.getBlockBlobClient("new").upload("2", 1)).rejects.toMatchObject(MISMATCH);
  const log = mine.getAppendBlobClient("log");
  await log.create();
  await log.appendBlock("x", 1);
});

it("without a token, with one for another service, and with an expired one the answer is 401", async () => {
  const address = `${storage.endpoints.blob}mine/b`;
  const nobody = await fetch(address).catch(() => undefined);
  expect(nobody?.status ?? 401).toBe(401);
  await expect(new BlockBlobClient(address, new AnonymousCredential()).download()).rejects.toMatchObject({
    statusCode: 401,
    code: "NoAuthenticationInformation",
  });
  const wrong = storage.context.credential("owner");
  const client = new BlobServiceClient(storage.endpoints.blob, {
    getToken: () => wrong.getToken("https://vault.azure.net/.default"),
  });
  await expect(client.getContainerClient("mine").getProperties()).rejects.toMatchObject({ statusCode: 401 });
  const old = await wrong.getToken("https://storage.azure.com/.default");
  storage.context.clock.shift(3_700_000);
  const late = new BlobServiceClient(storage.endpoints.blob, { getToken: async () => old });
  await expect(late.getContainerClient("mine").getProperties()).rejects.toMatchObject({ statusCode: 401 });
});

async function delegation(
  objectId: string,
  permissions: string,
  options: { readonly blobName?: string; readonly expiresInMs?: number } = {},
): Promise<string> {
  const now = storage.context.clock.now();
  const key = await storage.blobs(objectId).getUserDelegationKey(new Date(now - 1000), new Date(now + 3_600_000));
  const base = {
    containerName: "mine",
    startsOn: new Date(now - 1000),
    expiresOn: new Date(now + (options.expiresInMs ?? 600_000)),
  };
  const values = options.blobName
    ? { ...base, blobName: options.blobName, permissions: BlobSASPermissions.parse(permissions) }
    : { ...base, permissions: ContainerSASPermissions.parse(permissions) };
  return generateBlobSASQueryParameters(values, key, "shop").toString();
}

it("a user delegation SAS gives what it says, never more than its maker has, and ends", async () => {
  const readOnly = await delegation("owner", "r", { blobName: "b" });
  const blob = new BlockBlobClient(`${storage.endpoints.blob}mine/b?${readOnly}`);
  expect((await blob.downloadToBuffer()).toString()).toBe("hello");
  await expect(blob.upload("x", 1)).rejects.toMatchObject(MISMATCH);
  await expect(new BlockBlobClient(`${storage.endpoints.blob}mine/new?${readOnly}`).download()).rejects.toMatchObject({
    statusCode: 403,
    code: "AuthenticationFailed",
  });
  const whole = new ContainerClient(`${storage.endpoints.blob}mine?${await delegation("owner", "rwl")}`);
  await whole.getBlockBlobClient("by-sas").upload("1", 1);
  expect((await whole.listBlobsFlat().byPage().next()).value.segment.blobItems.length).toBeGreaterThan(1);
  await expect(whole.getBlockBlobClient("by-sas").delete()).rejects.toMatchObject(MISMATCH);
  const weak = new ContainerClient(`${storage.endpoints.blob}mine?${await delegation("reader", "rw")}`);
  expect((await weak.getBlockBlobClient("b").downloadToBuffer()).toString()).toBe("hello");
  await expect(weak.getBlockBlobClient("b").upload("x", 1)).rejects.toMatchObject(MISMATCH);
  storage.context.clock.shift(700_000);
  await expect(blob.download()).rejects.toMatchObject({ statusCode: 403, code: "AuthenticationFailed" });
});

it("a changed SAS is refused", async () => {
  const sas = await delegation("owner", "r");
  const more = sas.replace("sp=r", "sp=rw");
  await expect(new BlockBlobClient(`${storage.endpoints.blob}mine/b?${more}`).upload("x", 1)).rejects.toMatchObject({
    statusCode: 403,
    code: "AuthenticationFailed",
  });
  await expect(
    storage.blobs("adder").getUserDelegationKey(new Date(), new Date(Date.now() + 1000)),
  ).rejects.toMatchObject({ statusCode: 403 });
});

it("keys sign requests and SAS tokens, until they are replaced or forbidden", async () => {
  const list = (await storage.act("listKeys")) as {
    readonly keys: readonly { readonly keyName: string; readonly value: string }[];
  };
  expect(list.keys.map(({ keyName }) => keyName)).toEqual(["key1", "key2"]);
  const credential = new StorageSharedKeyCredential("shop", list.keys[0]?.value ?? "");
  const service = new BlobServiceClient(storage.endpoints.blob, credential);
  const blob = service.getContainerClient("mine").getBlockBlobClient("ke y/ü");
  await blob.upload("signed", 6, { metadata: { a: "b" } });
  expect((await blob.downloadToBuffer(1, 3)).toString()).toBe("ign");
  const expiresOn = new Date(storage.context.clock.now() + 60_000);
  const blobSas = generateBlobSASQueryParameters(
    {
      containerName: "mine",
      blobName: "ke y/ü",
      permissions: BlobSASPermissions.parse("r"),
      expiresOn,
      contentDisposition: "attachment",
    },
    credential,
  );
  expect((await new BlockBlobClient(`${blob.url}?${blobSas}`).download()).contentDisposition).toBe("attachment");
  const accountSas = generateAccountSASQueryParameters(
    {
      permissions: AccountSASPermissions.parse("l"),
      services: AccountSASServices.parse("b").toString(),
      resourceTypes: AccountSASResourceTypes.parse("s").toString(),
      expiresOn,
    },
    credential,
  );
  const bySas = new BlobServiceClient(`${storage.endpoints.blob}?${accountSas}`);
  expect((await bySas.listContainers().byPage().next()).value.containerItems).toHaveLength(2);
  await expect(bySas.getContainerClient("mine").getBlockBlobClient("b").download()).rejects.toMatchObject({
    statusCode: 403,
  });
  await storage.act("regenerateKey", { keyName: "key1" });
  await expect(blob.download()).rejects.toMatchObject({ statusCode: 403, code: "AuthenticationFailed" });
  await storage.put("", { allowSharedKeyAccess: false });
  const other = new StorageSharedKeyCredential("shop", list.keys[1]?.value ?? "");
  await expect(
    new BlobServiceClient(storage.endpoints.blob, other).getContainerClient("mine").getProperties(),
  ).rejects.toMatchObject({ code: "KeyBasedAuthenticationNotPermitted" });
  await storage.put("");
});

it("a public container is read by all where the account allows it", async () => {
  const path = "blobServices/default/containers/public";
  await expect(storage.put(path, { publicAccess: "Blob" })).rejects.toMatchObject({
    status: 409,
    code: "PublicAccessNotPermitted",
  });
  await storage.put("", { allowBlobPublicAccess: true });
  await storage.put(path, { publicAccess: "Blob" });
  await storage.blobs().getContainerClient("public").getBlockBlobClient("x").upload("free", 4);
  const anonymous = new ContainerClient(`${storage.endpoints.blob}public`, new AnonymousCredential());
  expect((await anonymous.getBlockBlobClient("x").downloadToBuffer()).toString()).toBe("free");
  await expect(anonymous.getBlockBlobClient("y").upload("1", 1)).rejects.toMatchObject({ statusCode: 401 });
  await expect(anonymous.listBlobsFlat().byPage().next()).rejects.toMatchObject({ statusCode: 401 });
  await storage.put("");
  await expect(anonymous.getBlockBlobClient("x").download()).rejects.toMatchObject({ statusCode: 401 });
});
