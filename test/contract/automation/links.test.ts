import { BlobLinks, LINK_MS } from "@devfactory/automation/azure/blobLinks.ts";
import { ACCOUNT_ID, type TestStorage, testStorage } from "@devfactory/emulator/services/storage/testStorage.ts";
import { afterAll, beforeAll, expect, it } from "vitest";

const ACTIONS = "Microsoft.Storage/storageAccounts/blobServices";
const FILE = {
  container: "jobs",
  blob: "a1-b2/frontend.zip",
  fileName: "frontend.zip",
  contentType: "application/zip",
};

let storage: TestStorage;
let links: BlobLinks;

beforeAll(async () => {
  storage = await testStorage();
  await storage.put("blobServices/default/containers/jobs");
  const jobs = storage.blobs("owner").getContainerClient("jobs");
  for (const name of [FILE.blob, "a1-b2/backend.zip"])
    await jobs.getBlockBlobClient(name).upload(`content of ${name}`, `content of ${name}`.length);
  // What the platform gives its API: files of the container, and the key that signs.
  storage.context.grant("api", `${ACTIONS}/containers/blobs/*`, `${ACCOUNT_ID}/blobServices/default/containers/jobs`);
  storage.context.grant("api", `${ACTIONS}/generateUserDelegationKey/action`, ACCOUNT_ID);
  links = new BlobLinks(storage.blobs("api"), () => storage.context.clock.now());
});
afterAll(() => storage[Symbol.asyncDispose]());

const open = async (url: string, init: RequestInit = {}) => {
  const response = await fetch(url, init);
  return { status: response.status, text: await response.text(), headers: response.headers };
};

it("a link opens its file without a sign-in, under its name, for fifteen minutes", async () => {
  const { url, expiresAt } = await links.make(FILE);
  expect(Date.parse(expiresAt) - storage.context.clock.now()).toBeLessThanOrEqual(LINK_MS);
  const { status, text, headers } = await open(url);
  expect([status, text]).toEqual([200, `content of ${FILE.blob}`]);
  expect([headers.get("content-type"), headers.get("content-disposition")]).toEqual([
    "application/zip",
    'attachment; filename="frontend.zip"',
  ]);
  storage.context.clock.shift(LINK_MS - 5_000);
  expect((await open(url)).status).toBe(200);
  storage.context.clock.shift(10_000);
  const late = await open(url);
  expect([late.status, late.text.includes("AuthenticationFailed")]).toEqual([403, true]);
  storage.context.clock.shift(-LINK_MS - 5_000);
});

it("a link opens nothing else: no other file, no list, no write; without its query nobody gets in", async () => {
  const { url } = await links.make(FILE);
  const bare = url.split("?")[0] ?? "";
  expect((await open(bare)).status).toBeGreaterThanOrEqual(401);
  expect((await open(url.replace("frontend.zip?", "backend.zip?"))).status).toBe(403);
  expect((await open(url.replace(/\/a1-b2.*\?/, "?restype=container&comp=list&"))).status).toBe(403);
  const put = await open(url, { method: "PUT", body: "x", headers: { "x-ms-blob-type": "BlockBlob" } });
  expect(put.status).toBe(403);
  expect((await open(url, { method: "DELETE" })).status).toBe(403);
});

it("every changed character of the signature and of what it signs is refused", async () => {
  const { url } = await links.make(FILE);
  const query = new URL(url).searchParams;
  const signature = query.get("sig") ?? "";
  expect(signature.length).toBe(44);
  for (const at of [0, 20, 40]) {
    const other = signature[at] === "A" ? "B" : "A";
    const changed = new URL(url);
    changed.searchParams.set("sig", signature.slice(0, at) + other + signature.slice(at + 1));
    expect((await open(changed.href)).status).toBe(403);
  }
  for (const [name, value] of [
    ["se", "2099-01-01T00:00:00Z"],
    ["sp", "rwd"],
    ["sr", "c"],
    ["rscd", "inline"],
    ["skoid", "owner"],
  ] as const) {
    const changed = new URL(url);
    expect(changed.searchParams.get(name)).not.toBeNull();
    changed.searchParams.set(name, value);
    expect([name, (await open(changed.href)).status]).toEqual([name, 403]);
  }
});

it("a link opens no more than the identity that made it may, and none is made without the right", async () => {
  storage.context.grant("weak", `${ACTIONS}/generateUserDelegationKey/action`, ACCOUNT_ID);
  const weak = new BlobLinks(storage.blobs("weak"), () => storage.context.clock.now());
  expect((await open((await weak.make(FILE)).url)).status).toBe(403);
  const nobody = new BlobLinks(storage.blobs("nobody"), () => storage.context.clock.now());
  await expect(nobody.make(FILE)).rejects.toMatchObject({ statusCode: 403 });
});

it("one key signs many links, and a new one is fetched before it ends", async () => {
  let keys = 0;
  const client = storage.blobs("api");
  const counted = new Proxy(client, {
    get(of, name) {
      if (name === "getUserDelegationKey") keys += 1;
      const found = Reflect.get(of, name, of);
      return typeof found === "function" ? found.bind(of) : found;
    },
  });
  let now = storage.context.clock.now();
  const many = new BlobLinks(counted, () => now);
  await Promise.all(Array.from({ length: 20 }, () => many.make(FILE)));
  expect(keys).toBe(1);
  now += 46 * 60_000;
  await many.make(FILE);
  expect(keys).toBe(2);
});
