import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type TestStorage, testStorage } from "./testStorage.ts";

let storage: TestStorage;

beforeAll(async () => {
  storage = await testStorage();
  setDefaultCACertificates([...getCACertificates(), storage.context.certificates.ca]);
});

afterAll(() => storage[Symbol.asyncDispose]());

it("a blob comes back as it was uploaded, with its properties and metadata", async () => {
  const container = storage.blobs().getContainerClient("first");
  await container.create();
  const blob = container.getBlockBlobClient("folder/ü 1.txt");
  await blob.upload("hello world", 11, {
    blobHTTPHeaders: { blobContentType: "text/plain" },
    metadata: { owner: "me" },
  });
  const answer = await blob.download();
  expect(answer).toMatchObject({
    contentLength: 11,
    contentType: "text/plain",
    metadata: { owner: "me" },
    blobType: "BlockBlob",
  });
  expect((await blob.downloadToBuffer(6, 5)).toString()).toBe("world");
  const names: string[] = [];
  for await (const item of container.listBlobsFlat({ prefix: "folder/" })) names.push(item.name);
  expect(names).toEqual(["folder/ü 1.txt"]);
});
