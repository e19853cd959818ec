import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { startEmulator } from "@devfactory/emulator";
import { readBlueprint } from "./plan.ts";

const CHECKOUT = resolve(import.meta.dirname, "../../..");
const run = promisify(execFile);
const NOBODY = "00000000-0000-0000-0000-000000000000";

/** A blueprint as a stack of its own on a local Azure. */
export interface BlueprintStack {
  /** One command of the local engine on the stack. */
  pulumi(...args: readonly string[]): Promise<string>;
  /** How many resources each of these ARM types has; those without any are left out. */
  stored(types: readonly string[]): Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

/**
 * Starts a local Azure and configures a stack for the blueprint. Its images are references only: resources are stored and
 * answered as ARM does, no container runs.
 */
export async function deployBlueprint(name: string): Promise<BlueprintStack> {
  const dataDir = mkdtempSync(join(tmpdir(), "devfactory-blueprint-"));
  const folder = mkdtempSync(join(import.meta.dirname, ".stack-")); // inside the checkout, where its packages are
  cpSync(join(import.meta.dirname, "program"), folder, { recursive: true });
  const emulator = await startEmulator({ dataDir, services: ["storage", "registry", "postgres", "cosmos"] });
  const path = `${join(CHECKOUT, "emulator/engine/bin")}:${process.env.PATH}`;
  const env = { ...process.env, ...emulator.env, PATH: path, NO_COLOR: "1", PULUMI_SKIP_UPDATE_CHECK: "true" };
  const pulumi = async (...args: readonly string[]): Promise<string> => {
    const options = { cwd: folder, env, maxBuffer: 64 * 1024 * 1024 };
    const { stdout } = await run("pulumi", [...args, "--non-interactive"], options).catch((error) => {
      throw new Error(`pulumi ${args.join(" ")}:\n${error.stdout}\n${error.stderr}`);
    });
    return stdout;
  };
  await pulumi("stack", "init", name);
  for (const [key, value] of Object.entries(configOf(name))) {
    await pulumi("config", "set", `devfactory:${key}`, JSON.stringify(value));
  }
  return {
    pulumi,
    stored: (types) =>
      Object.fromEntries(
        types.map((type) => [type, emulator.context.resources.list(type).length] as const).filter(([, count]) => count),
      ),
    stop: async () => {
      await emulator.stop();
      for (const each of [dataDir, folder]) rmSync(each, { recursive: true, force: true });
    },
  };
}

/** Images that the app's own delivery pushed: the platform's registry is not on this local Azure. */
function configOf(name: string): Readonly<Record<string, unknown>> {
  const spec = readBlueprint(name);
  const containers = spec.services.filter(({ kind }) => kind !== "static" && kind !== "function");
  const digest = `sha256:${"1".repeat(64)}`;
  return {
    spec,
    images: Object.fromEntries(containers.map((service) => [service.name, `own.azurecr.io/${service.name}@${digest}`])),
    deployment: {
      appId: name,
      tenantId: NOBODY,
      registryId: `/subscriptions/${NOBODY}/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/platform`,
      registryLoginServer: "platform.azurecr.io",
      sqlAdministrator: { kind: "Group", name: "operators", objectId: NOBODY },
    },
  };
}
