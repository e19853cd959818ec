import { expect, it } from "vitest";
import type { ResourceState } from "../deploy/state.ts";
import type { Bucket } from "./bucket.ts";
import { type Deployment, makeDeployment } from "./checkpoint.ts";
import { foldJournal, Journal } from "./journal.ts";

const state = (urn: string, more: Partial<ResourceState> = {}): ResourceState => ({
  urn,
  custom: true,
  type: "t:i:T",
  ...more,
});

function recorder(): { readonly bucket: Bucket; text(): string } {
  let content = "";
  const bucket: Bucket = {
    url: "memory",
    read: () => content,
    write: () => undefined,
    append: (_, text) => {
      content += text;
    },
    remove: () => undefined,
    list: () => [],
  };
  return { bucket, text: () => content };
}

const base: Deployment = makeDeployment([state("a", { id: "1" }), state("b", { id: "2" })], [], undefined, new Date(0));

it("makes finished steps state and begun ones pending operations", () => {
  const { bucket, text } = recorder();
  const journal = new Journal(bucket, "k", base.manifest.time, undefined);
  journal.begin(0, "creating", state("c"));
  journal.putNew(0, state("c", { id: "3" }));
  journal.end(0);
  journal.putOld(0, undefined);
  journal.begin(1, "deleting", state("b"));
  const folded = foldJournal(base, text());
  expect(folded?.resources).toEqual([state("c", { id: "3" }), state("b", { id: "2" })]);
  expect(folded?.pending_operations).toEqual([{ resource: state("b"), type: "deleting" }]);
});

it("drops a last line that the kill has torn", () => {
  const { bucket, text } = recorder();
  const journal = new Journal(bucket, "k", base.manifest.time, undefined);
  journal.putOld(1, undefined);
  const torn = `${text()}{"kind":"old","ind`;
  expect(foldJournal(base, torn)?.resources).toEqual([state("a", { id: "1" })]);
});

it("ignores the journal of another checkpoint: its operation did end", () => {
  const { bucket, text } = recorder();
  new Journal(bucket, "k", "2001-01-01T00:00:00.000Z", undefined).putOld(0, undefined);
  expect(foldJournal(base, text())).toBe(base);
});

it("puts what others depend on first, whatever order steps ended in", () => {
  const { bucket, text } = recorder();
  const journal = new Journal(bucket, "k", base.manifest.time, undefined);
  journal.putNew(0, state("new", { dependencies: ["b"] }));
  expect(foldJournal(base, text())?.resources?.map(({ urn }) => urn)).toEqual(["b", "new", "a"]);
});
