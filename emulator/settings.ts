import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { House } from "./house.ts";

/** What `emulator.json` says; the one thing that programs outside the emulator read. */
export interface EmulatorSettings {
  readonly pid: number;
  readonly arm: string;
  readonly entra: string;
  readonly frontDoor: string;
  readonly caPath: string;
  readonly subscriptionId: string;
  readonly homeTenantId: string;
  readonly developer: House["seeds"]["developer"];
  readonly tenants: House["seeds"]["tenants"];
  readonly admin: { readonly url: string; readonly token: string };
  /** Environment of a deployment against this emulator. */
  readonly env: Readonly<Record<string, string>>;
}

/** The environment that real clients and Pulumi need to work against this emulator. */
export function deploymentEnvironment(house: House, checkout: string): Readonly<Record<string, string>> {
  const { arm, authority, seeds, context } = house;
  const { subscriptionId, developer } = seeds;
  const { tenantId, clientId, clientSecret } = developer;
  const dataDir = resolve(context.dataDir);
  return {
    NODE_EXTRA_CA_CERTS: resolve(context.certificates.caPath),
    AZURE_RESOURCE_MANAGER_ENDPOINT: arm.url,
    AZURE_AUTHORITY_HOST: authority,
    AZURE_SUBSCRIPTION_ID: subscriptionId,
    AZURE_TENANT_ID: tenantId,
    AZURE_CLIENT_ID: clientId,
    AZURE_CLIENT_SECRET: clientSecret,
    ARM_SUBSCRIPTION_ID: subscriptionId,
    ARM_TENANT_ID: tenantId,
    ARM_CLIENT_ID: clientId,
    ARM_CLIENT_SECRET: clientSecret,
    PULUMI_HOME: join(dataDir, "pulumi"),
    PULUMI_BACKEND_URL: `file://${join(dataDir, "state")}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: join(dataDir, "passphrase"),
    DEVFACTORY_OPERATOR_OBJECT_ID: developer.objectId,
    DEVFACTORY_PULUMI_ROOT: join(resolve(checkout), "emulator", "engine"),
  };
}

/**
 * Of every local target, so that the salt in `Pulumi.dev.yaml` is the same for all who clone. It hides nothing: whoever reads the
 * state folder could read a random one beside it. Real stacks use a key vault.
 */
const LOCAL_PASSPHRASE = "devfactory-local";

/** Makes what the environment names and is not there yet: the state folder and the passphrase of its secrets. */
export function prepareFolders(dataDir: string): void {
  mkdirSync(join(dataDir, "state"), { recursive: true });
  mkdirSync(join(dataDir, "pulumi"), { recursive: true });
  const passphrase = join(dataDir, "passphrase");
  if (!existsSync(passphrase)) writeFileSync(passphrase, LOCAL_PASSPHRASE, { mode: 0o600 });
}

/** Writes `emulator.json` in one step, readable for the owner only: it holds passwords. */
export function writeSettings(dataDir: string, settings: EmulatorSettings): void {
  const path = join(dataDir, "emulator.json");
  writeFileSync(`${path}.new`, `${JSON.stringify(settings, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
