import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeSecret } from "../deploy/values.ts";
import type { Bucket } from "./bucket.ts";
import { makeDeployment, readStack, writeStack } from "./checkpoint.ts";
import { readability, versionOf } from "./deploymentFile.ts";
import { FileBucket } from "./fileBucket.ts";
import { readHistory } from "./history.ts";
import { findIntegrityProblem } from "./integrity.ts";
import { lockStack } from "./locks.ts";
import { type KeyCache, openCrypter } from "./passphrase.ts";
import { Sealer } from "./sealing.ts";
import { plainConfig, StackConfigFile } from "./stackConfig.ts";

const stack = { project: "shop", name: "dev" };
const keys: KeyCache = new Map();
const golden = (name: string) => readFileSync(join(import.meta.dirname, "fixtures", name), "utf8");
let folder: string;
let bucket: Bucket;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "engine-golden-"));
  bucket = new FileBucket(`file://${folder}`, join(folder, ".pulumi"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("a checkpoint of the real CLI", () => {
  const file = JSON.parse(golden("checkpoint.json"));

  it("comes back as it was, also with fields of later versions", async () => {
    await bucket.write("stacks/shop/dev.json", golden("checkpoint.json"));
    const deployment = (await readStack(bucket, stack))?.deployment;
    await writeStack(bucket, stack, deployment);
    expect(await bucket.read("stacks/shop/dev.json")).toBe(golden("checkpoint.json"));
  });

  it("is whole, and loses nothing when an operation builds it again from its resources", async () => {
    await bucket.write("stacks/shop/dev.json", golden("checkpoint.json"));
    const stored = await readStack(bucket, stack);
    const deployment = stored?.deployment;
    expect(deployment && findIntegrityProblem(deployment)).toBeUndefined();
    const again = makeDeployment(
      deployment?.resources ?? [],
      deployment?.pending_operations ?? [],
      deployment?.secrets_providers,
      new Date(),
    );
    expect({ ...versionOf(again), latest: again }).toEqual({
      version: 4,
      features: ["hooks", "refreshBeforeUpdate", "taint"],
      latest: { ...file.checkpoint.latest, manifest: again.manifest },
    });
  });

  it("opens with its passphrase, and is the same bytes when it is sealed again", async () => {
    const { latest } = file.checkpoint;
    const crypter = await openCrypter(latest.secrets_providers.state.salt, "password", keys);
    const sealer = new Sealer(async () => crypter);
    const opened = await sealer.open(latest);
    expect([opened.resources[0].outputs.login, opened.resources[3].outputs.result]).toEqual([
      makeSecret({ user: "ann", list: [1, "x"] }),
      makeSecret("s3cr3t"),
    ]);
    expect(JSON.stringify(await sealer.seal(opened))).toBe(JSON.stringify(latest));
    const wrong = openCrypter(latest.secrets_providers.state.salt, "password123", keys);
    await expect(wrong).rejects.toThrow("incorrect passphrase");
  });

  it("has its empty passphrase understood, too", async () => {
    const salt = "v1:LVuDkcjhUns=:v1:WPbL+tmbxnqWswQ2:lebZxStyHT3IZkmbN+3xCx9zqtoPog=="; // secrets/passphrase tests
    await expect(openCrypter(salt, "", keys)).resolves.toMatchObject({});
  });
});

it("an export of the real CLI has the version and the resources that it names", () => {
  const file = JSON.parse(golden("export.json"));
  expect([readability(file), versionOf(file.deployment), findIntegrityProblem(file.deployment)]).toEqual([
    undefined,
    { version: 3 },
    undefined,
  ]);
});

it.each([
  [{ version: 5 }, { kind: "tooNew", version: 5 }],
  [{ version: 2 }, { kind: "tooOld", version: 2 }],
  [
    { version: 4, features: ["taint", "dreams"] },
    { kind: "features", features: ["dreams"] },
  ],
  [{ version: 3, features: ["dreams"] }, undefined],
])("readability of %o", (file, problem) => expect(readability(file)).toEqual(problem));

it("a history entry of the real CLI is read whole", async () => {
  await bucket.write("history/shop/dev/dev-1772360431000000000.history.json", golden("history.json"));
  expect(await readHistory(bucket, stack)).toEqual([JSON.parse(golden("history.json"))]);
});

it("a lock of the real CLI on another machine is respected", async () => {
  await bucket.write("locks/organization/shop/dev/5b1f.json", golden("lock.json"));
  await expect(lockStack(bucket, stack)).rejects.toThrow(
    `${folder}/.pulumi/locks/organization/shop/dev/5b1f.json: created by ann@ann-laptop (pid 4242) at 2026-03-01T10:20:25.123456789+01:00`,
  );
});

it("a config file of the real CLI is read, and saved as the same bytes", async () => {
  const path = join(folder, "Pulumi.dev.yaml");
  writeFileSync(path, golden("Pulumi.dev.yaml"));
  const file = new StackConfigFile(path);
  const crypter = await openCrypter(file.salt ?? "", "password", keys);
  const entries = Object.entries(file.entries()).map(([key, node]) => [key, plainConfig(node, crypter).value]);
  expect(Object.fromEntries(entries)).toEqual({
    "random:seed": "12",
    "shop:hosts": '["a","b"]',
    "shop:password": "plain text",
    "shop:size": "3",
  });
  file.save();
  expect(readFileSync(path, "utf8")).toBe(golden("Pulumi.dev.yaml"));
});
