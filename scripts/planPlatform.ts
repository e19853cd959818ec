/**
 * Prints the plan of the platform's own stack as JSON: a preview with the local engine and the local providers in a folder of its own,
 * without a sign-in, a network or a running local Azure. For pipelines: `node scripts/planPlatform.ts dev > plan.json`.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { planFolder } from "@devfactory/automation/plan/planFolder.ts";
import { linkPlugins } from "@devfactory/emulator/provider/link.ts";

const NOBODY = "00000000-0000-0000-0000-000000000000";
const checkout = resolve(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "devfactory-plan-"));

try {
  mkdirSync(join(folder, "state"));
  linkPlugins(join(folder, "home"));
  Object.assign(process.env, {
    PULUMI_HOME: join(folder, "home"),
    PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "a plan keeps no secret",
    DEVFACTORY_PULUMI_ROOT: join(checkout, "emulator", "engine"),
    ARM_SUBSCRIPTION_ID: process.env.AZURE_SUBSCRIPTION_ID || NOBODY,
    ARM_TENANT_ID: process.env.AZURE_TENANT_ID || NOBODY,
  });
  const plan = await planFolder(checkout, { stack: process.argv[2] ?? "dev" }, process.env);
  process.stdout.write(`${JSON.stringify(plan, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
