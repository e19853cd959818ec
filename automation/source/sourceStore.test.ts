import { expect, it } from "vitest";
import { type FileSet, sha256 } from "../archive/fileSet.ts";
import { SourceStore } from "./sourceStore.ts";
import { MemoryContainer } from "./testing/memoryContainer.ts";

const files = (entries: Record<string, string>): FileSet =>
  new Map(
    Object.entries(entries).map(([path, text]) => [
      path,
      { content: Buffer.from(text), executable: path.endsWith(".sh") },
    ]),
  );
const manifestOf = (set: FileSet) =>
  [...set].map(([path, file]) => ({ path, sha256: sha256(file.content), executable: file.executable }));

it("each content is kept once, under its hash, with its media type; a second upload sends only what changed", async () => {
  const container = new MemoryContainer();
  const store = new SourceStore(container.client());
  const first = files({ "index.html": "<p>", "a/copy.html": "<p>", "run.sh": "#!" });
  expect(await store.keep("a1", first)).toEqual({ stored: 2, storedBytes: 5 });
  expect([...container.blobs].map(([name, { contentType }]) => [name, contentType])).toEqual([
    [`apps/a1/files/${sha256(Buffer.from("<p>"))}`, "text/html; charset=utf-8"],
    [`apps/a1/files/${sha256(Buffer.from("#!"))}`, "application/octet-stream"],
  ]);
  const second = files({ "index.html": "<p>", "run.sh": "#!", "new.css": "b{}" });
  expect(await store.missing("a1", manifestOf(second))).toEqual([sha256(Buffer.from("b{}"))]);
  container.uploads.length = 0;
  expect(await store.keep("a1", second)).toEqual({ stored: 1, storedBytes: 3 });
  expect(container.uploads).toEqual([`apps/a1/files/${sha256(Buffer.from("b{}"))}`]);
});

it("an upload that broke off goes on: what arrived is not missing any more", async () => {
  const store = new SourceStore(new MemoryContainer().client());
  const whole = files({ a: "1", b: "2", c: "3" });
  await store.keep("a1", files({ a: "1", b: "2" })); // then the connection breaks
  expect(await store.missing("a1", manifestOf(whole))).toEqual([sha256(Buffer.from("3"))]);
});

it("a manifest becomes exactly its files; saved twice it is one version", async () => {
  const container = new MemoryContainer();
  const store = new SourceStore(container.client());
  const whole = files({ "a.txt": "1", "b/run.sh": "2", "b/same.txt": "1" });
  await store.keep("a1", whole);
  const assembled = await store.assemble("a1", manifestOf(whole));
  expect(assembled).toEqual(whole);
  const saved = await store.save("a1", assembled);
  expect([saved.files, saved.bytes, await store.save("a1", whole)]).toEqual([3, 3, saved]);
  expect(container.uploads.filter((name) => name === saved.workspace)).toHaveLength(1);
});

it("a manifest with a bad path is refused as an archive is", async () => {
  const store = new SourceStore(new MemoryContainer().client());
  await store.keep("a1", files({ a: "1" }));
  const hash = sha256(Buffer.from("1"));
  for (const path of ["../a", "A\\b", "con"]) {
    await expect(store.assemble("a1", [{ path, sha256: hash }])).rejects.toMatchObject({ code: "ARCHIVE_REFUSED" });
  }
  const twice = [
    { path: "a", sha256: hash },
    { path: "A", sha256: hash },
  ];
  await expect(store.assemble("a1", twice)).rejects.toThrow("is the same file as a on some systems");
});

it("contents of another app are not known: a hash alone gives nothing away", async () => {
  const store = new SourceStore(new MemoryContainer().client());
  const secret = files({ a: "secret" });
  await store.keep("a1", secret);
  expect(await store.missing("a2", manifestOf(secret))).toEqual([sha256(Buffer.from("secret"))]);
});
