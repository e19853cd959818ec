import { expect, it } from "vitest";
import { Snapshot } from "../deploy/snapshot.ts";
import type { ResourceState } from "../deploy/state.ts";
import type { Bucket } from "./bucket.ts";
import { type Deployment, makeDeployment } from "./checkpoint.ts";
import { foldJournal as fold } from "./foldJournal.ts";
import { Journal } from "./journal.ts";
import { Sealer } from "./sealing.ts";

const state = (urn: string, more: Partial<ResourceState> = {}): ResourceState => ({
  urn,
  custom: true,
  type: "t:i:T",
  ...more,
});

/** A bucket of one text that takes a moment for each append, as a store over the network does. */
function recorder(): { readonly bucket: Bucket; text(): string; readonly appends: string[] } {
  const appends: string[] = [];
  const bucket: Bucket = {
    url: "memory",
    local: true,
    locate: (key) => `/memory/${key}`,
    read: async () => appends.join(""),
    write: async () => undefined,
    append: async (_, text) => {
      await new Promise((resolve) => setImmediate(resolve));
      appends.push(text);
    },
    remove: async () => undefined,
    list: async () => [],
  };
  return { bucket, text: () => appends.join(""), appends };
}

const base: Deployment = makeDeployment([state("a", { id: "1" }), state("b", { id: "2" })], [], undefined, new Date(0));
const foldJournal = (before: Deployment | undefined, text: string) => fold(before, text, "/memory/k");
const start = (bucket: Bucket, time = base.manifest.time) => Journal.start(bucket, "k", time, undefined);

it("makes finished steps state and begun ones pending operations", async () => {
  const { bucket, text } = recorder();
  const journal = await start(bucket);
  await journal.begin(0, "creating", state("c"));
  await journal.change({
    ends: 0,
    new: { index: 0, resource: state("c", { id: "3" }) },
    old: { index: 0, resource: null },
  });
  await journal.begin(1, "deleting", state("b"));
  const folded = foldJournal(base, text());
  expect(folded?.resources).toEqual([state("c", { id: "3" }), state("b", { id: "2" })]);
  expect(folded?.pending_operations).toEqual([{ resource: state("b"), type: "deleting" }]);
});

it("drops a last line that the kill has torn", async () => {
  const { bucket, text } = recorder();
  const journal = await start(bucket);
  await journal.change({ old: { index: 1, resource: null } });
  const torn = `${text()}{"kind":"change","ol`;
  expect(foldJournal(base, torn)?.resources).toEqual([state("a", { id: "1" })]);
});

it("ignores the journal of another checkpoint: its operation did end", async () => {
  const { bucket, text } = recorder();
  const journal = await start(bucket, "2001-01-01T00:00:00.000Z");
  await journal.change({ old: { index: 0, resource: null } });
  expect(foldJournal(base, text())).toBe(base);
});

it("puts what others depend on first, whatever order steps ended in", async () => {
  const { bucket, text } = recorder();
  const journal = await start(bucket);
  await journal.change({ new: { index: 0, resource: state("new", { dependencies: ["b"] }) } });
  expect(foldJournal(base, text())?.resources?.map(({ urn }) => urn)).toEqual(["b", "new", "a"]);
});

it("lets references follow a resource that goes by another name", async () => {
  const { bucket, text } = recorder();
  const journal = await start(bucket);
  journal.rename("a", "z");
  await journal.change({ new: { index: 0, resource: state("new", { parent: "a" }) } });
  expect(foldJournal(base, text())?.resources).toEqual([
    state("z", { id: "1" }),
    state("new", { parent: "z" }),
    state("b", { id: "2" }),
  ]);
});

it("sends what came while a store was busy together, in order", async () => {
  const { bucket, appends } = recorder();
  const journal = await start(bucket);
  await Promise.all([0, 1, 2, 3].map((ends) => journal.change({ ends })));
  expect(appends.slice(1).map((text) => text.trim().split("\n").length)).toEqual([1, 3]);
  expect(
    appends
      .join("")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).ends),
  ).toEqual([undefined, 0, 1, 2, 3]);
});

it("knows what a state stands for that was kept without a line of its own", async () => {
  const { bucket, text } = recorder();
  const [old, other] = base.resources ?? [];
  const none = new Sealer(() => Promise.reject(new Error("there is no secret here")));
  const snapshot = new Snapshot(old && other ? [old, other] : [], none, await start(bucket));
  const kept = state("a", { id: "1" });
  if (old) await snapshot.keep(old, kept);
  expect(text().trim().split("\n")).toHaveLength(1);
  kept.outputs = { set: "later" };
  await snapshot.put(kept);
  await snapshot.put(kept); // the second line takes nothing more away
  expect(foldJournal(base, text())?.resources).toEqual([state("a", { id: "1", outputs: { set: "later" } }), other]);
  expect(snapshot.resources()).toEqual([kept, other]);
});

it("writes nothing after a refusal: part of a line may stand there", async () => {
  const { bucket, appends } = recorder();
  const journal = await start(bucket);
  const { append } = bucket;
  bucket.append = async () => Promise.reject(new Error("no space left on device"));
  await expect(journal.change({ ends: 0 })).rejects.toThrow("no space left on device");
  bucket.append = append;
  await expect(journal.begin(1, "creating", state("c"))).rejects.toThrow("no space left on device");
  expect(appends).toHaveLength(1);
});

it.each([
  ["a line in the middle", "nonsense", 2],
  ["a kind of line that is not known", '{"kind":"later"}', 2],
])("refuses %s", async (_, line, place) => {
  const { bucket, text } = recorder();
  await start(bucket);
  expect(() => foldJournal(base, `${text()}${line}\n${text()}`)).toThrow(
    `the journal /memory/k is damaged at line ${place}.`,
  );
});

it("tells whoever waits that the store refuses", async () => {
  const { bucket } = recorder();
  const journal = await start(bucket);
  bucket.append = async () => Promise.reject(new Error("no space left on device"));
  await expect(journal.change({ ends: 0 })).rejects.toThrow("no space left on device");
});
