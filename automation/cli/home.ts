import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { isRunning } from "../processes.ts";

/** Where the checkout is and where its local data lie. */
export interface Home {
  readonly checkout: string;
  /** `.devfactory` of the checkout, or `DEVFACTORY_HOME`. */
  readonly dataDir: string;
}

const Tenant = z.object({
  id: z.string(),
  name: z.string(),
  users: z.array(
    z.object({ username: z.string(), objectId: z.string(), password: z.string(), roles: z.array(z.string()) }),
  ),
});

/** What the local Azure says of itself (`emulator.json`). */
export const EmulatorInfo = z.object({
  pid: z.int(),
  arm: z.string(),
  entra: z.string(),
  frontDoor: z.string(),
  caPath: z.string(),
  subscriptionId: z.string(),
  homeTenantId: z.string(),
  developer: z.object({
    tenantId: z.string(),
    clientId: z.string(),
    clientSecret: z.string(),
    objectId: z.string(),
  }),
  tenants: z.array(Tenant),
  env: z.record(z.string(), z.string()),
});

/** The outputs of the platform's stack (`platform.json`), kept so that the command line needs no Pulumi to find the API. */
export const PlatformInfo = z.object({
  apiUrl: z.string(),
  dashboardUrl: z.string(),
  apiClientId: z.string(),
  cosmosEndpoint: z.string(),
  keyVaultUri: z.string(),
  blobEndpoint: z.string(),
  serviceBusHost: z.string(),
  registryLoginServer: z.string(),
  storageAccountName: z.string(),
  dashboardSiteId: z.string(),
});

/** The public contract of `endpoints.json`. */
export interface Endpoints {
  readonly api: string;
  readonly dashboard: string;
  readonly arm: string;
  readonly entra: string;
  readonly tenants: readonly {
    readonly id: string;
    readonly name: string;
    readonly users: readonly { readonly username: string; readonly roles: readonly string[] }[];
  }[];
}

export type EmulatorInfo = z.infer<typeof EmulatorInfo>;
export type PlatformInfo = z.infer<typeof PlatformInfo>;

export function findHome(env: NodeJS.ProcessEnv = process.env): Home {
  const checkout = resolve(import.meta.dirname, "../..");
  return { checkout, dataDir: env.DEVFACTORY_HOME ? resolve(env.DEVFACTORY_HOME) : join(checkout, ".devfactory") };
}

/** The running local Azure, or undefined when its process is gone. */
export function runningEmulator(home: Home): EmulatorInfo | undefined {
  const info = readJson(join(home.dataDir, "emulator.json"), EmulatorInfo);
  return info && isEmulator(info.pid) ? info : undefined;
}

/**
 * Is it the local Azure? After a crash its process id may stand for a dead process that nobody collected (in a container without
 * an init process) or for another program; where `/proc` is not, an existing process must do.
 */
function isEmulator(pid: number): boolean {
  if (!existsSync("/proc/self/cmdline")) return isRunning(pid);
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(join("emulator", "main.ts"));
  } catch {
    return false;
  }
}

export function readPlatform(home: Home): PlatformInfo | undefined {
  return readJson(join(home.dataDir, "platform.json"), PlatformInfo);
}

/** Writes a JSON file of the data folder as a whole or not at all, whoever else writes it at the same moment. */
export function writeData(home: Home, name: string, value: unknown): void {
  const path = join(home.dataDir, name);
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.new`;
  writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, path);
}

/** A JSON file of the data folder. @returns undefined when it is not there or has another form */
export function readData<T>(home: Home, name: string, schema: z.ZodType<T>): T | undefined {
  return readJson(join(home.dataDir, name), schema);
}

function readJson<T>(path: string, schema: z.ZodType<T>): T | undefined {
  if (!existsSync(path)) return undefined;
  const parsed = schema.safeParse(JSON.parse(readFileSync(path, "utf8")));
  return parsed.success ? parsed.data : undefined;
}
