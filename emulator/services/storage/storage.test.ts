import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { ContainerClient } from "@azure/storage-blob";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type TestStorage, testStorage } from "./testStorage.ts";

let storage: TestStorage;
let container: ContainerClient;

beforeAll(async () => {
  storage = await testStorage();
  container = storage.blobs().getContainerClient("first");
  await container.create();
});

afterAll(() => storage[Symbol.asyncDispose]());

function files(): number {
  return readdirSync(join(storage.context.dataDir, "storage", "shop")).length;
}

it("a blob comes back as it was uploaded, with its properties and metadata, whole and in ranges", async () => {
  const blob = container.getBlockBlobClient("folder/ü 1.txt");
  await blob.upload("hello world", 11, {
    blobHTTPHeaders: { blobContentType: "text/plain", blobCacheControl: "no-cache" },
    metadata: { owner: "me" },
  });
  const answer = await blob.download();
  expect(answer).toMatchObject({
    contentLength: 11,
    contentType: "text/plain",
    cacheControl: "no-cache",
    metadata: { owner: "me" },
    blobType: "BlockBlob",
  });
  expect((await blob.downloadToBuffer(6, 5)).toString()).toBe("world");
  await expect(blob.download(11, 1)).rejects.toMatchObject({ statusCode: 416, code: "InvalidRange" });
  await blob.setMetadata({ owner: "you" });
  await blob.setHTTPHeaders({ blobContentType: "text/html" });
  expect(await blob.getProperties()).toMatchObject({
    contentType: "text/html",
    metadata: { owner: "you" },
    leaseState: "available",
    contentLength: 11,
  });
  expect(await blob.exists()).toBe(true);
  await blob.delete();
  expect(await blob.exists()).toBe(false);
  await expect(blob.download()).rejects.toMatchObject({ statusCode: 404, code: "BlobNotFound" });
});

it("a container is made once, lists, shows its metadata, and is gone with its blobs when deleted", async () => {
  const second = storage.blobs().getContainerClient("second");
  await second.create({ metadata: { a: "b" } });
  await expect(second.create()).rejects.toMatchObject({ statusCode: 409, code: "ContainerAlreadyExists" });
  expect((await second.getProperties()).metadata).toEqual({ a: "b" });
  const names: string[] = [];
  for await (const { name } of storage.blobs().listContainers()) names.push(name);
  expect(names).toEqual(["first", "second"]);
  const before = files();
  await second.getBlockBlobClient("x").upload("x", 1);
  expect(files()).toBe(before + 1);
  await second.delete();
  expect(files()).toBe(before);
  await expect(second.getBlockBlobClient("x").upload("x", 1)).rejects.toMatchObject({
    statusCode: 404,
    code: "ContainerNotFound",
  });
  await expect(storage.blobs().getContainerClient("No-Name").create()).rejects.toMatchObject({
    statusCode: 400,
    code: "InvalidResourceName",
  });
});

it("listing follows prefix, delimiter and pages", async () => {
  for (const name of ["a/1", "a/2", "a/b/3", "c", "d"])
    await container.getBlockBlobClient(`list/${name}`).upload(name, name.length);
  const flat: string[] = [];
  for await (const page of container.listBlobsFlat({ prefix: "list/" }).byPage({ maxPageSize: 2 }))
    flat.push(page.segment.blobItems.map(({ name }) => name).join(" "));
  expect(flat).toEqual(["list/a/1 list/a/2", "list/a/b/3 list/c", "list/d"]);
  const tree: string[] = [];
  for await (const item of container.listBlobsByHierarchy("/", { prefix: "list/" }))
    tree.push(`${item.kind} ${item.name}`);
  expect(tree).toEqual(["prefix list/a/", "blob list/c", "blob list/d"]);
  const pages: string[] = [];
  for await (const page of container.listBlobsByHierarchy("/", { prefix: "list/" }).byPage({ maxPageSize: 1 })) {
    pages.push([...(page.segment.blobPrefixes ?? []), ...page.segment.blobItems].map(({ name }) => name).join());
  }
  expect(pages).toEqual(["list/a/", "list/c", "list/d"]);
});

it("conditions decide: only if absent, only if unchanged, not modified", async () => {
  const blob = container.getBlockBlobClient("conditional");
  const first = await blob.upload("1", 1, { conditions: { ifNoneMatch: "*" } });
  await expect(blob.upload("2", 1, { conditions: { ifNoneMatch: "*" } })).rejects.toMatchObject({
    statusCode: 409,
    code: "BlobAlreadyExists",
  });
  const second = await blob.upload("2", 1, { conditions: { ifMatch: first.etag ?? "" } });
  await expect(blob.upload("3", 1, { conditions: { ifMatch: first.etag ?? "" } })).rejects.toMatchObject({
    statusCode: 412,
    code: "ConditionNotMet",
  });
  await expect(blob.delete({ conditions: { ifMatch: first.etag ?? "" } })).rejects.toMatchObject({ statusCode: 412 });
  await expect(blob.download(0, undefined, { conditions: { ifNoneMatch: second.etag ?? "" } })).rejects.toMatchObject({
    statusCode: 304,
  });
  expect((await blob.downloadToBuffer()).toString()).toBe("2");
});

it("of 20 that race for one name, one wins", async () => {
  const blob = container.getBlockBlobClient("race");
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) =>
      blob.upload(`${index}`, `${index}`.length, { conditions: { ifNoneMatch: "*" } }),
    ),
  );
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});

it("a lease keeps others from writing until it ends, is released or broken", async () => {
  const blob = container.getBlockBlobClient("leased");
  await blob.upload("1", 1);
  const lease = blob.getBlobLeaseClient();
  const { leaseId = "" } = await lease.acquireLease(15);
  await expect(blob.upload("2", 1)).rejects.toMatchObject({ statusCode: 412, code: "LeaseIdMissing" });
  await expect(
    blob.upload("2", 1, { conditions: { leaseId: "00000000-0000-0000-0000-000000000000" } }),
  ).rejects.toMatchObject({ code: "LeaseIdMismatchWithBlobOperation" });
  await expect(blob.getBlobLeaseClient().acquireLease(15)).rejects.toMatchObject({
    statusCode: 409,
    code: "LeaseAlreadyPresent",
  });
  await blob.upload("2", 1, { conditions: { leaseId } });
  storage.context.clock.shift(10_000);
  await lease.renewLease();
  storage.context.clock.shift(10_000);
  await expect(blob.delete()).rejects.toMatchObject({ code: "LeaseIdMissing" });
  storage.context.clock.shift(6000);
  await blob.upload("3", 1);
  await expect(blob.upload("4", 1, { conditions: { leaseId } })).rejects.toMatchObject({
    statusCode: 412,
    code: "LeaseLost",
  });
  const other = blob.getBlobLeaseClient();
  await other.acquireLease(-1);
  expect(await blob.getProperties()).toMatchObject({
    leaseState: "leased",
    leaseStatus: "locked",
    leaseDuration: "infinite",
  });
  await other.breakLease(0);
  await blob.upload("5", 1);
  await other.releaseLease();
  expect(await blob.getProperties()).toMatchObject({ leaseState: "available", leaseStatus: "unlocked" });
});

it("40 MB go up in blocks and come down the same; replaced content leaves no file behind", async () => {
  const bytes = randomBytes(40 * 1024 * 1024);
  const blob = container.getBlockBlobClient("large");
  const before = files();
  await blob.uploadData(bytes, { blockSize: 8 * 1024 * 1024, maxSingleShotSize: 1024 });
  expect((await blob.downloadToBuffer()).equals(bytes)).toBe(true);
  expect((await blob.getBlockList("committed")).committedBlocks?.map(({ size }) => size)).toEqual(
    Array(5).fill(8 * 1024 * 1024),
  );
  expect(
    (await blob.downloadToBuffer(8 * 1024 * 1024 - 2, 4)).equals(
      bytes.subarray(8 * 1024 * 1024 - 2, 8 * 1024 * 1024 + 2),
    ),
  ).toBe(true);
  await blob.upload("small", 5);
  expect(files()).toBe(before + 1);
});

it("a block list may name blocks that the blob has and new ones, and no others", async () => {
  const blob = container.getBlockBlobClient("blocks");
  const id = (name: string) => Buffer.from(name).toString("base64");
  for (const name of ["a", "b"]) await blob.stageBlock(id(name), name, 1);
  await blob.commitBlockList([id("a"), id("b")]);
  await blob.stageBlock(id("c"), "c", 1);
  expect((await blob.getBlockList("all")).uncommittedBlocks).toEqual([{ name: id("c"), size: 1 }]);
  await blob.commitBlockList([id("c"), id("a")]);
  expect((await blob.downloadToBuffer()).toString()).toBe("ca");
  await expect(blob.commitBlockList([id("b")])).rejects.toMatchObject({ statusCode: 400, code: "InvalidBlockList" });
});

it("an append blob grows by one writer after the other, and tells where each piece went", async () => {
  const blob = container.getAppendBlobClient("events.ndjson");
  await blob.create();
  expect((await blob.createIfNotExists()).succeeded).toBe(false);
  const first = await blob.appendBlock("one\n", 4);
  expect(first).toMatchObject({ blobAppendOffset: "0", blobCommittedBlockCount: 1 });
  await expect(blob.appendBlock("x", 1, { conditions: { appendPosition: 1 } })).rejects.toMatchObject({
    statusCode: 412,
    code: "AppendPositionConditionNotMet",
  });
  await Promise.all(Array.from({ length: 20 }, (_, index) => blob.appendBlock(`${index % 10}\n`, 2)));
  const text = (await blob.downloadToBuffer()).toString();
  expect(text.split("\n").slice(1, -1).sort()).toEqual([..."00112233445566778899"]);
  expect((await blob.downloadToBuffer(4, 2)).length).toBe(2);
  await expect(container.getAppendBlobClient("conditional").appendBlock("x", 1)).rejects.toMatchObject({
    statusCode: 409,
    code: "InvalidBlobType",
  });
  await expect(container.getAppendBlobClient("absent").appendBlock("x", 1)).rejects.toMatchObject({ statusCode: 404 });
});

it("a blob is copied within its account", async () => {
  const source = container.getBlockBlobClient("source");
  await source.upload("abc", 3, { metadata: { a: "1" } });
  const copy = container.getBlockBlobClient("copy");
  await (await copy.beginCopyFromURL(source.url)).pollUntilDone();
  await source.delete();
  expect((await copy.downloadToBuffer()).toString()).toBe("abc");
  expect((await copy.getProperties()).metadata).toEqual({ a: "1" });
});

it("what is not emulated is refused by name", async () => {
  await expect(container.getPageBlobClient("page").create(512)).rejects.toMatchObject({
    statusCode: 501,
    code: "NotImplemented",
  });
  await expect(container.getBlockBlobClient("source").setTags({ a: "b" })).rejects.toMatchObject({ statusCode: 501 });
});

it("containers made through ARM are there, and gone with ARM; a name that is no account name is refused", async () => {
  const path = "blobServices/default/containers/made-by-arm";
  expect((await storage.put(path, { metadata: { x: "y" } })).properties).toMatchObject({
    publicAccess: "None",
    leaseState: "Available",
  });
  await storage.blobs().getContainerClient("made-by-arm").getBlockBlobClient("b").upload("1", 1);
  await storage.put(path, {});
  expect(
    (await storage.blobs().getContainerClient("made-by-arm").getBlockBlobClient("b").downloadToBuffer()).toString(),
  ).toBe("1");
  await storage.remove(path);
  await expect(storage.blobs().getContainerClient("made-by-arm").getProperties()).rejects.toMatchObject({
    statusCode: 404,
  });
  const hooks = storage.service.hooks.find(({ type }) => type === "Microsoft.Storage/storageAccounts");
  const wrong = { id: "/x", name: "Bad_Name", type: "Microsoft.Storage/storageAccounts", properties: {} };
  const caller = {
    objectId: "x",
    tenantId: "t",
    clientId: "c",
    kind: "app",
    audience: "",
    groups: [],
    claims: {},
  } as const;
  expect(() => hooks?.validate?.({ desired: wrong, caller })).toThrow("is not a valid storage account name");
});
