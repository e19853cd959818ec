import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { type Emulator, startEmulator } from "@devfactory/emulator";
import { afterAll, beforeAll, expect, it } from "vitest";

const CHECKOUT = resolve(import.meta.dirname, "../../..");
const PROGRAM = join(import.meta.dirname, "program");
const run = promisify(execFile);

let emulator: Emulator;
let dataDir: string;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "devfactory-options-"));
  emulator = await startEmulator({
    dataDir,
    services: ["storage", "registry", "serviceBus", "postgres", "keyVault", "cosmos"],
  });
  await pulumi("stack", "init", "options");
}, 120_000);

afterAll(async () => {
  await emulator.stop();
  rmSync(dataDir, { recursive: true, force: true });
  rmSync(join(PROGRAM, "Pulumi.options.yaml"), { force: true });
});

/** One command of the local engine on the program; the emulator runs in this process. */
async function pulumi(...args: readonly string[]): Promise<string> {
  const path = `${join(CHECKOUT, "emulator/engine/bin")}:${process.env.PATH}`;
  const env = { ...process.env, ...emulator.env, PATH: path, NO_COLOR: "1", PULUMI_SKIP_UPDATE_CHECK: "true" };
  const options = { cwd: PROGRAM, env, maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await run("pulumi", [...args, "--non-interactive"], options).catch((error) => {
    throw new Error(`pulumi ${args.join(" ")}:\n${error.stdout}\n${error.stderr}`);
  });
  return stdout;
}

/** What the options of the program make, by ARM type. */
const MADE: Readonly<Record<string, number>> = {
  "Microsoft.Network/privateEndpoints": 10,
  "Microsoft.Network/privateEndpoints/privateDnsZoneGroups": 10,
  "Microsoft.Network/privateDnsZones": 11,
  "Microsoft.Network/privateDnsZones/virtualNetworkLinks": 11,
  "Microsoft.Authorization/locks": 7,
  "Microsoft.Insights/diagnosticSettings": 10,
  "Microsoft.Insights/metricAlerts": 8,
  "Microsoft.Insights/actionGroups": 1,
  "Microsoft.Authorization/roleAssignments": 4,
  "Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments": 1,
};

function stored(): Readonly<Record<string, number>> {
  const counts = Object.keys(MADE).map((type) => [type, emulator.context.resources.list(type).length] as const);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

it("up makes everything, and what exists is read and linked to", async () => {
  const before = stored();
  await pulumi("up", "--yes", "--skip-preview");
  const roles = MADE["Microsoft.Authorization/roleAssignments"] ?? 0;
  const own = before["Microsoft.Authorization/roleAssignments"] ?? 0; // the emulator gives its own identities theirs
  expect(stored()).toEqual({ ...MADE, "Microsoft.Authorization/roleAssignments": roles + own });
  const { environment, ready } = JSON.parse(await pulumi("stack", "output", "--json", "--show-secrets"));
  expect(Object.keys(environment).sort()).toEqual([
    "AZURE_COSMOS_CONTAINER",
    "AZURE_COSMOS_DATABASE",
    "AZURE_COSMOS_ENDPOINT",
    "AZURE_KEY_VAULT_ENDPOINT",
    "AZURE_KEY_VAULT_NAME",
    "AZURE_SERVICE_BUS_HOST",
    "AZURE_SERVICE_BUS_NAME",
    "AZURE_STORAGE_ACCOUNT_NAME",
    "AZURE_STORAGE_QUEUE_ENDPOINT",
  ]);
  expect(Object.values(environment).every((value) => typeof value === "string" && value !== "")).toBe(true);
  expect(ready.map((id: string) => id.split("/").at(-2))).toEqual([
    "vaults",
    "storageAccounts",
    "databaseAccounts",
    "flexibleServers",
    "namespaces",
  ]);
}, 240_000);

it("a second up changes nothing", async () => {
  await pulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
}, 240_000);

it("destroy leaves nothing", async () => {
  await pulumi("destroy", "--yes", "--skip-preview");
  const left = Object.entries(stored()).filter(([type]) => type !== "Microsoft.Authorization/roleAssignments");
  expect(left).toEqual([]);
}, 240_000);
