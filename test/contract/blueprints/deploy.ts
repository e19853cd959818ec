import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type LocalStack, startLocalStack } from "../localStack.ts";
import { readBlueprint } from "./plan.ts";

const NOBODY = "00000000-0000-0000-0000-000000000000";

/**
 * Starts a local Azure and configures a stack for the blueprint. Its images are references only: resources are stored and
 * answered as ARM does, no container runs.
 */
export async function deployBlueprint(name: string): Promise<LocalStack> {
  const folder = mkdtempSync(join(import.meta.dirname, ".stack-")); // inside the checkout, where its packages are
  cpSync(join(import.meta.dirname, "program"), folder, { recursive: true });
  const stack = await startLocalStack(folder, name, ["storage", "registry", "postgres", "cosmos"]);
  for (const [key, value] of Object.entries(configOf(name))) {
    await stack.pulumi("config", "set", `devfactory:${key}`, JSON.stringify(value));
  }
  const stop = async () => {
    await stack.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...stack, stop };
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
