import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Emulator, startEmulator } from "@devfactory/emulator";
import { afterAll, beforeAll, expect, it } from "vitest";

const CHECKOUT = resolve(import.meta.dirname, "../../..");
const PACK = join(CHECKOUT, "checks/policy");
/** A resource group; an account that breaks two rules, and whose SKU a third rule wants better in production. */
const PROGRAM = `import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup.js";
import { StorageAccount } from "@pulumi/azure-native/storage/storageAccount.js";
import { BlobContainer } from "@pulumi/azure-native/storage/blobContainer.js";
const good = process.env.GOOD === "yes";
const group = new ResourceGroup("group", { location: "eastus" });
const account = new StorageAccount("files", {
  resourceGroupName: group.name, location: "eastus", kind: "StorageV2", sku: { name: "Standard_LRS" },
  minimumTlsVersion: good ? "TLS1_2" : "TLS1_0", allowSharedKeyAccess: good ? false : true,
  enableHttpsTrafficOnly: true, allowBlobPublicAccess: false, defaultToOAuthAuthentication: true,
  allowCrossTenantReplication: false, isLocalUserEnabled: false, isSftpEnabled: false,
});
new BlobContainer("uploads", { resourceGroupName: group.name, accountName: account.name, publicAccess: "None" });
`;

let emulator: Emulator;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "devfactory-pack-"));
  emulator = await startEmulator({ dataDir: join(folder, "data"), services: ["storage"] });
  writeFileSync(join(folder, "index.js"), PROGRAM);
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  const runtime = "runtime: { name: nodejs, options: { typescript: false } }\nmain: index.js\n";
  writeFileSync(join(folder, "Pulumi.yaml"), `name: packed\n${runtime}`);
  symlinkSync(join(CHECKOUT, "node_modules"), join(folder, "node_modules"));
  await pulumi({}, "stack", "init", "dev");
}, 60_000);

afterAll(async () => {
  await emulator.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A command of the local engine in the folder, as from a shell. */
function pulumi(more: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const path = `${join(CHECKOUT, "emulator/engine/bin")}:${process.env.PATH}`;
  const env = { ...process.env, ...emulator.env, ...more, PATH: path, NO_COLOR: "1" };
  const { promise, resolve: done } = Promise.withResolvers<{ readonly code: number; readonly text: string }>();
  execFile("pulumi", [...args, "--non-interactive"], { cwd: folder, env }, (error, stdout, stderr) =>
    done({ code: error ? Number(error.code) : 0, text: stdout + stderr }),
  );
  return promise;
}

const preview = (env: Readonly<Record<string, string>>) =>
  pulumi(env, "preview", "--stack", "dev", "--policy-pack", PACK);

/** The rules that a preview names with their enforcement, each once. */
function told(text: string): readonly string[] {
  const named = [...text.matchAll(/\[(mandatory|advisory)\]\s+([A-Z]{2}\d{2})\b/g)].map(
    ([, level, rule]) => `${rule} ${level}`,
  );
  return [...new Set(named)].sort();
}

it("refuses what breaks a rule, names it with what to write, and makes nothing", async () => {
  const { code, text } = await preview({});
  expect(code).toBe(1);
  expect(text).toContain('minimumTlsVersion is "TLS1_0"; it must be TLS1_2. Set `minimumTlsVersion` to TLS1_2');
  expect(told(text).filter((each) => each.endsWith("mandatory"))).toEqual([
    "ST01 mandatory",
    "ST05 mandatory",
    "ST09 mandatory",
  ]);
}, 60_000);

it("lets through what keeps the rules; what production wants is advice, and an order in production", async () => {
  const standard = await preview({ GOOD: "yes" });
  expect([standard.code, told(standard.text)]).toEqual([
    0,
    ["ST13 advisory", "ST14 advisory", "ST15 advisory", "ST16 advisory"],
  ]);
  const production = await preview({ GOOD: "yes", DEVFACTORY_PROFILE: "production" });
  expect([production.code, told(production.text)]).toEqual([
    1,
    ["ST13 mandatory", "ST14 mandatory", "ST15 mandatory", "ST16 mandatory"],
  ]);
}, 60_000);

it("says what is wrong with its own settings", async () => {
  const { code, text } = await preview({ GOOD: "yes", DEVFACTORY_PROFILE: "huge" });
  expect(code).not.toBe(0);
  expect(text).toContain("DEVFACTORY_PROFILE is huge: it must be dev, standard or production");
}, 60_000);
