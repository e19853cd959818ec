import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { PlanDocument } from "@devfactory/automation/plan/planDocument.ts";
import { linkPlugins } from "@devfactory/emulator/provider/link.ts";
import { afterAll, expect, it } from "vitest";

const CHECKOUT = join(import.meta.dirname, "../../..");
const CANARY = "canary-b7f2e0";
// Inside the checkout, so that the program finds its packages.
const folder = mkdtempSync(join(CHECKOUT, "test/contract/gate/.plan-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
cpSync(join(import.meta.dirname, "program"), join(folder, "program"), { recursive: true });
mkdirSync(join(folder, "state"));
linkPlugins(join(folder, "home"));

const env = {
  PATH: process.env.PATH ?? "",
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? "",
  HOME: folder,
  PULUMI_HOME: join(folder, "home"),
  PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
  PULUMI_CONFIG_PASSPHRASE: "correct horse",
  PULUMI_SKIP_UPDATE_CHECK: "true",
  DEVFACTORY_PULUMI_ROOT: join(CHECKOUT, "emulator", "engine"),
};

async function run(
  command: string,
  args: readonly string[],
  cwd = join(folder, "program"),
  variables: NodeJS.ProcessEnv = env,
) {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, args, { cwd, env: variables });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

const pulumi = join(CHECKOUT, "emulator", "engine", "bin", "pulumi");
const devfactory = (...args: string[]) => run(process.execPath, [join(CHECKOUT, "automation/cli/main.ts"), ...args]);

it("the plan of a Pulumi program is a preview of its stack, without its secrets", async () => {
  await run(pulumi, ["stack", "init", "dev"]);
  await run(pulumi, ["config", "set", "--secret", "token", CANARY]);
  const { code, stdout, stderr } = await devfactory("plan", "--output", "json");
  expect([code, stderr]).toEqual([0, ""]);
  const plan = JSON.parse(stdout) as PlanDocument;
  const stack = "urn:pulumi:dev::gate::pulumi:pulumi:Stack::gate-dev";
  const [group, files] = ["resources:ResourceGroup::shop", "storage:StorageAccount::files"].map(
    (each) => `urn:pulumi:dev::gate::azure-native:${each}`,
  );
  expect(plan).toEqual({
    region: "uksouth",
    profile: "standard",
    resources: [
      {
        urn: group,
        type: "azure-native:resources:ResourceGroup",
        name: "shop",
        inputs: { resourceGroupName: "rg-shop", location: "uksouth" },
        parent: stack,
      },
      {
        urn: files,
        type: "azure-native:storage:StorageAccount",
        name: "files",
        inputs: {
          resourceGroupName: "rg-shop",
          accountName: "stshopfiles",
          location: "uksouth",
          sku: { name: "Standard_LRS" },
          kind: "StorageV2",
          tags: { "devfactory-profile": "standard", token: "[secret]" },
        },
        parent: stack,
      },
    ],
    changes: [
      { urn: group, type: "azure-native:resources:ResourceGroup", name: "shop", operation: "create" },
      { urn: files, type: "azure-native:storage:StorageAccount", name: "files", operation: "create" },
    ],
  });
  expect(stdout).not.toContain(CANARY);
});

it("what a preview printed gives the same resources, and a table for people", async () => {
  const { stdout: preview } = await run(pulumi, ["preview", "--json", "--stack", "dev"]);
  const { writeFileSync } = await import("node:fs");
  const file = join(folder, "preview.json");
  writeFileSync(file, preview);
  const { stdout } = await devfactory("plan", "--from-preview", file, "--profile", "standard");
  expect(stdout).toBe(
    [
      "2 resources in uksouth, profile standard",
      "  azure-native:resources:ResourceGroup  shop   create",
      "  azure-native:storage:StorageAccount   files  create",
      "",
    ].join("\n"),
  );
});

it.each([
  [
    "a file that is no preview",
    ["--from-preview", join(folder, "program", "Pulumi.yaml")],
    2,
    "is no preview: not JSON",
  ],
  ["a folder with nothing", [join(folder, "state")], 2, "holds neither devfactory.yaml nor Pulumi.yaml."],
  ["two plans at once", [".", "--from-preview", "x.json"], 2, "a folder is given too"],
])("%s ends with exit code 2 and the way out", async (_, args, code, text) => {
  const ran = await devfactory("plan", ...args);
  expect([ran.code, ran.stdout]).toEqual([code, ""]);
  expect(ran.stderr).toContain(text);
});

it("an engine that is not there is told", async () => {
  const main = join(CHECKOUT, "automation/cli/main.ts");
  const ran = await run(process.execPath, [main, "plan"], undefined, {
    ...env,
    DEVFACTORY_PULUMI_ROOT: join(folder, "nothing"),
  });
  expect([ran.code, ran.stderr.split("\n")[0]]).toEqual([
    1,
    expect.stringMatching(/^error: No Pulumi engine is found: /),
  ]);
});
