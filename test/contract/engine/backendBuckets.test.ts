import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Bucket } from "../../../emulator/engine/backend/bucket.ts";
import { openBucket } from "../../../emulator/engine/backend/openBucket.ts";
import { azuriteMissing, startAzurite, startOwnStorage } from "../../../emulator/engine/testing/blobStores.ts";

interface OpenStore extends AsyncDisposable {
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
}

async function startFiles(): Promise<OpenStore> {
  const folder = mkdtempSync(join(tmpdir(), "engine-bucket-"));
  return {
    url: `file://${folder}`,
    env: {},
    [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

const STORES = [
  { name: "files", start: startFiles, missing: undefined },
  { name: "our own storage", start: startOwnStorage, missing: undefined },
  { name: `Azurite${azuriteMissing ? ` (${azuriteMissing})` : ""}`, start: startAzurite, missing: azuriteMissing },
];

describe.each(STORES)("a bucket in $name", ({ start, missing }) => {
  let store: OpenStore;
  let bucket: Bucket;

  beforeAll(async () => {
    if (missing) return;
    store = await start();
    bucket = openBucket(store.url, "/", store.env);
  });
  afterAll(() => store?.[Symbol.asyncDispose]());

  it.skipIf(missing)("gives back what was written, and the newest of it", async () => {
    await bucket.write("a/text", "first");
    await bucket.write("a/text", "zweiter ü 𝄞", "durable");
    expect([await bucket.read("a/text"), await bucket.read("a/absent"), await bucket.read("absent/text")]).toEqual([
      "zweiter ü 𝄞",
      undefined,
      undefined,
    ]);
    await bucket.write("a/empty", "");
    expect(await bucket.read("a/empty")).toBe("");
  });

  it.skipIf(missing)("adds to the end, also to what was removed before", async () => {
    await bucket.append("j/x.journal", "one\n");
    await bucket.append("j/x.journal", "zwei ü\n");
    expect(await bucket.read("j/x.journal")).toBe("one\nzwei ü\n");
    await bucket.remove("j/x.journal");
    await bucket.append("j/x.journal", "three\n");
    expect(await bucket.read("j/x.journal")).toBe("three\n");
  });

  it.skipIf(missing)("lists one level, sorted, folders with a slash", async () => {
    for (const key of ["l/b.json", "l/a.json", "l/sub/deep", "l.json"]) await bucket.write(key, "x");
    expect(await bucket.list("l")).toEqual(["a.json", "b.json", "sub/"]);
    expect(await bucket.list("none")).toEqual([]);
    expect((await bucket.list("")).includes("l/")).toBe(true);
  });

  it.skipIf(missing)("removes one text or a whole folder, and nothing beside it", async () => {
    for (const key of ["r/x", "r/x2", "r/y/1", "r/y/2/3"]) await bucket.write(key, "x");
    await bucket.remove("r/x");
    await bucket.remove("r/y");
    await bucket.remove("r/never");
    expect(await bucket.list("r")).toEqual(["x2"]);
  });

  it.skipIf(missing)("takes many writers at once", async () => {
    await Promise.all(Array.from({ length: 20 }, (_, index) => bucket.write(`m/${index}`, String(index))));
    expect((await bucket.list("m")).length).toBe(20);
    expect(await bucket.read("m/17")).toBe("17");
  });
});

describe("a bucket that cannot be used says why", () => {
  it.skipIf(azuriteMissing)("no such container, wrong key", async () => {
    await using store = await startAzurite();
    const absent = openBucket("azblob://absent/team", "/", store.env);
    const name = `container absent of http://${store.env.AZURE_STORAGE_DOMAIN}/devstoreaccount1`;
    await expect(absent.write("stacks/p/s.json", "x")).rejects.toThrow(
      `could not write azblob://absent/team/.pulumi/stacks/p/s.json: there is no ${name}; make it with \`az storage container create\`, or name another in the URL`,
    );
    await expect(absent.read("x")).rejects.toThrow(`there is no ${name}`);
    await expect(absent.list("x")).rejects.toThrow(`there is no ${name}`);
    const denied = openBucket(store.url, "/", {
      ...store.env,
      AZURE_STORAGE_KEY: Buffer.from("wrong").toString("base64"),
    });
    await expect(denied.read("meta.yaml")).rejects.toThrow(
      /^could not read azblob:\/\/state\/\.pulumi\/meta\.yaml: access to the container state of http:\S+ is denied; set AZURE_STORAGE_KEY/,
    );
  });

  it("nobody there", async () => {
    const port = await freePort();
    const bucket = openBucket("azblob://state", "/", {
      AZURE_STORAGE_ACCOUNT: "a",
      AZURE_STORAGE_KEY: "a2V5",
      AZURE_STORAGE_DOMAIN: `127.0.0.1:${port}`,
      AZURE_STORAGE_PROTOCOL: "http",
    });
    await expect(bucket.read("meta.yaml")).rejects.toThrow(
      `the container state of http://127.0.0.1:${port}/a does not answer; check the network and AZURE_STORAGE_DOMAIN`,
    );
  });

  it("a file in the way of a folder", async () => {
    const folder = mkdtempSync(join(tmpdir(), "engine-bucket-"));
    writeFileSync(join(folder, "file"), "");
    const bucket = openBucket(`file://${folder}/file`, "/", {});
    await expect(bucket.write("meta.yaml", "x")).rejects.toThrow(
      `could not write ${folder}/file/.pulumi/meta.yaml: a file stands where a folder must be; move it away, or choose another place`,
    );
    expect(await bucket.read("meta.yaml")).toBeUndefined();
    rmSync(folder, { recursive: true });
  });

  it.skipIf(process.getuid?.() === 0)("a folder that may not be written", async () => {
    const folder = mkdtempSync(join(tmpdir(), "engine-bucket-"));
    chmodSync(folder, 0o500);
    const bucket = openBucket(`file://${folder}`, "/", {});
    await expect(bucket.append("stacks/p/s.journal", "x")).rejects.toThrow("permission denied");
    rmSync(folder, { recursive: true });
  });
});

/** A port where nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
}
