import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Bucket } from "./bucket.ts";
import { makeDeployment, readStack, writeStack } from "./checkpoint.ts";
import { addHistory, type HistoryEntry, readHistory } from "./history.ts";
import { backendUrl, selectedStack, selectStack, setCurrentBackend } from "./home.ts";
import { breakLocks, lockStack } from "./locks.ts";
import { openBucket } from "./openBucket.ts";
import { findProject, requireProject } from "./project.ts";
import { mergedConfig, plainConfig, qualifyKey, StackConfigFile } from "./stackConfig.ts";
import { fullName, parseStackReference } from "./stackReference.ts";

let folder: string;
let bucket: Bucket;
const stack = { project: "p", name: "dev" };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "engine-files-"));
  bucket = openBucket(`file://${folder}`, "/", {});
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("buckets", () => {
  it("are folders behind file URLs", async () => {
    await bucket.write("a/b", "text");
    expect(readFileSync(join(folder, ".pulumi", "a", "b"), "utf8")).toBe("text");
    expect([
      await bucket.list("a"),
      await bucket.list(""),
      await bucket.list("none"),
      await bucket.read("none"),
    ]).toEqual([["b"], ["a/"], [], undefined]);
    expect(() => openBucket("s3://state", "/", {})).toThrow("the backend s3://state is not available in this engine");
    expect(await openBucket("file://~", "/", {}).read(`../${homedir()}/surely-absent`)).toBeUndefined();
  });
});

describe("checkpoints", () => {
  it("begin as version 0 without a deployment", async () => {
    await writeStack(bucket, stack, undefined);
    expect(JSON.parse((await bucket.read("stacks/p/dev.json")) ?? "")).toEqual({
      version: 0,
      checkpoint: { stack: "organization/p/dev" },
    });
    expect((await readStack(bucket, stack))?.deployment).toBeUndefined();
    expect(await bucket.read("meta.yaml")).toBe("version: 1\n");
  });

  it("keep the last version beside, and leave empty lists out", async () => {
    await writeStack(bucket, stack, undefined);
    await writeStack(bucket, stack, makeDeployment([], [], undefined, new Date(0)));
    expect(JSON.parse((await bucket.read("stacks/p/dev.json")) ?? "").checkpoint.latest).toEqual({
      manifest: {
        time: "1970-01-01T00:00:00.000Z",
        magic: expect.stringMatching(/^[0-9a-f]{64}$/),
        version: "v3.270.0",
      },
      metadata: {},
    });
    expect(JSON.parse((await bucket.read("stacks/p/dev.json.bak")) ?? "").version).toBe(0);
  });

  it("refuse features and versions of the future", async () => {
    await bucket.write(
      "stacks/p/dev.json",
      JSON.stringify({ version: 4, features: ["dreams"], checkpoint: { stack: "x" } }),
    );
    const read = async () => (await readStack(bucket, stack))?.deployment;
    await expect(read()).rejects.toThrow(
      "failed to load checkpoint: this stack's deployment needs support for the following features: dreams",
    );
    await bucket.write("stacks/p/dev.json", JSON.stringify({ version: 5, checkpoint: { stack: "x" } }));
    await expect(read()).rejects.toThrow("unsupported checkpoint version 5");
  });
});

describe("locks", () => {
  it("refuse a second holder and say who holds", async () => {
    const { release } = await lockStack(bucket, stack);
    await expect(lockStack(bucket, stack)).rejects.toThrow(
      /^the stack is currently locked by 1 lock\(s\)\. Either wait.*\(pid \d+\) at \d{4}-/s,
    );
    await release();
    await lockStack(bucket, stack);
    await breakLocks(bucket, stack);
    expect(await bucket.list("locks/organization/p/dev")).toEqual([]);
  });
});

describe("history", () => {
  it("comes newest first, in pages", async () => {
    const entry = (message: string): HistoryEntry => ({
      kind: "update",
      startTime: 1,
      message,
      environment: {},
      config: {},
      version: 0,
      result: "succeeded",
      endTime: 2,
      resourceChanges: {},
    });
    const deployment = makeDeployment([], [], undefined, new Date(0));
    for (const message of ["one", "two", "three"]) await addHistory(bucket, stack, entry(message), deployment);
    expect((await readHistory(bucket, stack)).map(({ message }) => message)).toEqual(["three", "two", "one"]);
    expect((await readHistory(bucket, stack, 2, 2)).map(({ message }) => message)).toEqual(["one"]);
  });
});

describe("stack names", () => {
  it.each([
    ["s", { project: "p", name: "s" }],
    ["organization/s", { project: "p", name: "s" }],
    ["organization/q/s-1.x_y", { project: "q", name: "s-1.x_y" }],
  ])("read %s", (text, reference) => expect(parseStackReference(text, "p")).toEqual(reference));

  it.each([
    ["a b", "a stack name may only contain alphanumeric, hyphens, underscores, or periods"],
    ["acme/p/s", "organization name must be 'organization'"],
    ["a/b/c/d", "could not parse stack reference 'a/b/c/d'"],
  ])("refuse %s", (text, message) => expect(() => parseStackReference(text, "p")).toThrow(message));

  it("are written out in full", () => expect(fullName(stack)).toBe("organization/p/dev"));
});

describe("projects and settings", () => {
  const write = (text: string) => writeFileSync(join(folder, "Pulumi.yaml"), text);

  it("are found from a folder below, and must say name and runtime", () => {
    expect(findProject(folder)).toBeUndefined();
    expect(() => requireProject(folder)).toThrow(
      `no Pulumi.yaml project file found (searching upwards from ${folder})`,
    );
    write(
      "name: p\nruntime: {name: nodejs, options: {typescript: false}}\nmain: x.ts\nbackend: {url: 'file://./here'}\n",
    );
    expect(findProject(join(folder, "below"))).toMatchObject({
      name: "p",
      runtime: "nodejs",
      runtimeOptions: { typescript: false },
      main: "x.ts",
    });
    write("name: p\n");
    expect(() => findProject(folder)).toThrow("project is missing a 'runtime' attribute");
  });

  it("choose the backend by environment, project, then login; selections are per backend", () => {
    write("name: p\nruntime: nodejs\n");
    const env = { PULUMI_HOME: join(folder, "home") };
    const project = requireProject(folder);
    setCurrentBackend(env, "file:///login");
    expect(backendUrl(env, project)).toBe("file:///login");
    expect(backendUrl(env, { ...project, backendUrl: "file:///project" })).toBe("file:///project");
    expect(backendUrl({ ...env, PULUMI_BACKEND_URL: "file:///env" }, project)).toBe("file:///env");
    selectStack(env, project, "file:///a", "organization/p/dev");
    expect([selectedStack(env, project, "file:///a"), selectedStack(env, project, "file:///b")]).toEqual([
      "organization/p/dev",
      undefined,
    ]);
  });
});

describe("stack config", () => {
  it("keeps comments and unknown keys, and merges the project's defaults", () => {
    const path = join(folder, "Pulumi.dev.yaml");
    writeFileSync(path, "# mine\nenvironment: [a]\nconfig:\n  p:size: 5 # five\n");
    writeFileSync(
      join(folder, "Pulumi.yaml"),
      "name: p\nruntime: nodejs\nconfig:\n  size: 1\n  color: {default: red}\n  aws:region: {value: eu}\n",
    );
    const file = new StackConfigFile(path);
    file.set("p:list", [1, { secure: "v1:x:y" }]);
    file.salt = "v1:s:c";
    file.save();
    const text = readFileSync(path, "utf8");
    expect(text).toContain("# mine");
    expect(text).toContain("size: 5 # five");
    const merged = mergedConfig(requireProject(folder), new StackConfigFile(path));
    expect(Object.fromEntries(merged)).toEqual({
      "p:size": 5,
      "p:color": "red",
      "aws:region": "eu",
      "p:list": [1, { secure: "v1:x:y" }],
    });
    expect(plainConfig(merged.get("p:list") ?? null, undefined)).toEqual({
      value: '[1,"[secret]"]',
      objectValue: [1, "[secret]"],
      secret: true,
    });
  });

  it("gives keys their namespace", () => {
    expect(["k", "n:k", "n:config:k"].map((key) => qualifyKey(key, "p"))).toEqual(["p:k", "n:k", "n:k"]);
    expect(() => qualifyKey("a:b:c", "p")).toThrow("could not parse a:b:c as a configuration key");
  });
});
