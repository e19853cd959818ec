import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { judgeCheckpoint } from "./checkpoint.ts";
import { mendState, StateBroken } from "./mendState.ts";
import { stateFiles } from "./stateFiles.ts";

type Row = Readonly<Record<string, unknown>>;

const urn = (name: string) => `urn:pulumi:app1::p::t:i:T::${name}`;
const PROVIDER = "urn:pulumi:app1::p::pulumi:providers:t::default";
const provider = { urn: PROVIDER, type: "pulumi:providers:t", custom: true, id: "1" };
const stack = { urn: urn("stack"), type: "pulumi:pulumi:Stack", custom: false };
const row = (name: string, more: Row = {}): Row => ({
  ...{ urn: urn(name), type: "t:i:T", custom: true, id: name, parent: urn("stack"), provider: `${PROVIDER}::1` },
  ...more,
});

/** A checkpoint as Pulumi 3.270 writes one, of these rows. */
function checkpoint(time: string, rows: readonly Row[], more: Row = {}): string {
  const version = "v3.270.0";
  const magic = createHash("sha256").update(version).digest("hex");
  const manifest = { time, magic, version };
  const latest = { manifest, resources: [stack, provider, ...rows], metadata: {}, ...more };
  return JSON.stringify({ version: 3, checkpoint: { stack: "organization/p/app1", latest } }, null, 4);
}

const AT = "2026-03-01T10:20:30.405060708Z";

it.each<[string, string]>([
  ["a stack that was never deployed", JSON.stringify({ version: 0, checkpoint: { stack: "s" } })],
  ["one resource", checkpoint(AT, [row("a")])],
  [
    "references to what stands before",
    checkpoint(AT, [row("a"), row("b", { dependencies: [urn("a")], deletedWith: urn("a") })]),
  ],
  ["properties without dependencies", checkpoint(AT, [row("a", { propertyDependencies: { x: null, y: [] } })])],
  ["an old one that waits for its deletion", checkpoint(AT, [row("a"), row("a", { delete: true })])],
  [
    "a replacement whose provider is gone",
    checkpoint(AT, [row("a", { provider: "urn:x::y", pendingReplacement: true })]),
  ],
])("%s is sound", (_, text) => {
  expect(judgeCheckpoint(text).kind).toBe("sound");
});

it.each<[string, string, RegExp]>([
  ["an empty file", "", /^it is no JSON/],
  ["half a file", checkpoint(AT, [row("a")]).slice(0, 400), /^it is no JSON/],
  ["another document", '{"version": 3}', /^it holds no state/],
  ["a state without a manifest", checkpoint(AT, [], { manifest: undefined }), /^it holds no state: manifest/],
  ["a row without a name", checkpoint(AT, [{ type: "t" }]), /^it holds no state: resources\.2\.urn/],
  [
    "a changed manifest",
    checkpoint(AT, [], { manifest: { time: AT, magic: "0", version: "v3" } }),
    /manifest does not fit/,
  ],
  ["a URN twice", checkpoint(AT, [row("a"), row("a")]), /::a is there twice$/],
  ["a parent that is not there", checkpoint(AT, [row("a", { parent: urn("x") })]), /::a names as parent .*::x$/],
  [
    "a parent that comes later",
    checkpoint(AT, [row("a", { parent: urn("b") }), row("b")]),
    /::a names as parent .*::b$/,
  ],
  ["a dependency that is not there", checkpoint(AT, [row("a", { dependencies: [urn("x")] })]), /as dependency .*::x$/],
  [
    "a dependency of a property",
    checkpoint(AT, [row("a", { propertyDependencies: { p: [urn("x")] } })]),
    /as dependency .*::x$/,
  ],
  ["what it is deleted with", checkpoint(AT, [row("a", { deletedWith: urn("x") })]), /deleted with .*::x$/],
  [
    "a provider that is not there",
    checkpoint(AT, [row("a", { provider: `${PROVIDER}::2` })]),
    /a provider that is not there$/,
  ],
  ["a component with an id", checkpoint(AT, [row("a", { custom: false })]), /is a component and has an id$/],
])("%s is broken", (_, text, problem) => {
  const verdict = judgeCheckpoint(text);
  expect(verdict).toEqual({ kind: "broken", problem: expect.stringMatching(problem) as string });
});

it("a version that nobody here knows is left to the engine", () => {
  expect(judgeCheckpoint('{"version": 5, "checkpoint": {}}')).toEqual({ kind: "other" });
  expect(judgeCheckpoint('{"version": 1, "checkpoint": {}}')).toEqual({ kind: "other" });
});

const MAIN = "stacks/p/app1.json";
const BROKEN = '{"version": 3, "checkp';
const old = checkpoint("2026-03-01T10:00:00Z", [row("a")]);
const middle = checkpoint("2026-03-01T11:00:00.123456789Z", [row("a"), row("b")]);
const last = checkpoint("2026-03-01T12:00:00Z", [row("a"), row("b"), row("c")]);
const empty = JSON.stringify({ version: 0, checkpoint: { stack: "organization/p/app1" } });

/** Real files under `.pulumi`, and what mending makes of them. */
async function mend(files: Readonly<Record<string, string>>) {
  const root = mkdtempSync(join(tmpdir(), "devfactory-state-"));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, ".pulumi", path)), { recursive: true });
    writeFileSync(join(root, ".pulumi", path), text);
  }
  const told: string[] = [];
  const backend = await stateFiles(`file://${root}`);
  if (!backend) throw new Error("no backend");
  const options = { project: "p", stack: "app1", tell: ({ message }: { message: string }) => void told.push(message) };
  const done = await mendState(backend, options).catch((error: unknown) => error);
  const left = readdirSync(join(root, ".pulumi"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(join(root, ".pulumi/").length), readFileSync(path, "utf8")] as const;
    });
  rmSync(root, { recursive: true });
  return { done, told, left: Object.fromEntries(left) };
}

it.each<[string, Readonly<Record<string, string>>]>([
  ["a whole state", { [MAIN]: last, [`${MAIN}.bak`]: BROKEN }],
  ["an empty one", { [MAIN]: empty, [`${MAIN}.bak`]: last }],
  ["a stack that was removed", { [`${MAIN}.bak`]: last }],
  ["a version of the future", { [MAIN]: '{"version": 9, "checkpoint": {}}', [`${MAIN}.bak`]: last }],
])("%s stays as it is", async (_, files) => {
  expect(await mend(files)).toEqual({ done: false, told: [], left: files });
});

it.each<[string, Readonly<Record<string, string>>, string, string]>([
  ["the one before the last write", { [`${MAIN}.bak`]: last }, `${MAIN}.bak`, last],
  [
    "the newest of all places",
    {
      [`${MAIN}.bak`]: old,
      "backups/p/app1/app1.1772362800000000000.json": middle,
      "history/p/app1/app1-1772366400000000000.checkpoint.json": last,
      "history/p/app1/app1-1772366400000000000.history.json": "{}",
    },
    "history/p/app1/app1-1772366400000000000.checkpoint.json",
    last,
  ],
  [
    "the newest whole one of a place, by its number and not its letters",
    {
      [`${MAIN}.bak`]: BROKEN,
      "backups/p/app1/app1.999.json": old,
      "backups/p/app1/app1.1000.json": middle,
      "backups/p/app1/app1.1001.json": BROKEN,
    },
    "backups/p/app1/app1.1000.json",
    middle,
  ],
  [
    "never an empty one",
    { [`${MAIN}.bak`]: empty, "backups/p/app1/app1.1.json": old },
    "backups/p/app1/app1.1.json",
    old,
  ],
])("a broken state goes back to %s; the broken one is kept", async (_, backups, from, text) => {
  const { done, told, left } = await mend({ [MAIN]: BROKEN, ...backups });
  expect([done, left]).toEqual([true, { ...backups, [MAIN]: text, [`${MAIN}.broken`]: BROKEN }]);
  const { time } = judgeCheckpoint(text) as { time: string };
  expect(told).toEqual([
    `The state was broken (it is no JSON of a checkpoint): went back to .pulumi/${from} of ${time}; the broken one is .pulumi/${MAIN}.broken`,
  ]);
});

it.each<[string, Readonly<Record<string, string>>]>([
  ["no backup", {}],
  ["broken backups", { [`${MAIN}.bak`]: BROKEN, "backups/p/app1/app1.1.json": "" }],
  ["an empty backup", { [`${MAIN}.bak`]: empty }],
  ["a backup of another stack", { "backups/p/app2/app2.1.json": last }],
])("with %s it is told, and no file is touched", async (_, backups) => {
  const files = { [MAIN]: BROKEN, ...backups };
  const { done, told, left } = await mend(files);
  expect([done instanceof StateBroken, told, left]).toEqual([true, [], files]);
  expect(String(done)).toBe(
    `StateBroken: .pulumi/${MAIN} is broken (it is no JSON of a checkpoint), and no backup of it is whole`,
  );
});
