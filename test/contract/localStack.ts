import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { startEmulator } from "@devfactory/emulator";

const ENGINE = resolve(import.meta.dirname, "../../emulator/engine/bin");
const MEGABYTE = 1024 * 1024;
const run = promisify(execFile);

type Rooms = NonNullable<Parameters<typeof startEmulator>[0]["services"]>;

/** A resource of ARM, as far as a test looks at it. */
export interface StoredResource {
  readonly name: string;
  readonly sku?: Readonly<Record<string, unknown>>;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** A local Azure in this process, and the local engine against it. */
export interface LocalAzure {
  /** What a shell would have for the engine and for Azure clients. */
  readonly env: Readonly<Record<string, string>>;
  readonly dataDir: string;
  /** One command of the local engine in the program's folder; what it printed. @throws Error with all its output */
  pulumi(...args: readonly string[]): Promise<string>;
  /** The same, signed in as somebody else: `ARM_CLIENT_ID` and `ARM_CLIENT_SECRET`. */
  pulumiAs(signIn: Readonly<Record<string, string>>): (...args: readonly string[]) => Promise<string>;
  /** How many resources each of these ARM types has; those without any are left out. */
  stored(types: readonly string[]): Readonly<Record<string, number>>;
  /** All resources of an ARM type, as ARM has them. */
  resources(type: string): readonly StoredResource[];
  /** Disturbs the next requests that fit (`emulator/faults.ts`). */
  disturb(fault: {
    readonly method: string;
    readonly path: string;
    readonly status: number;
    readonly code: string;
    readonly count: number;
  }): Promise<void>;
  /** Ends the local Azure and removes what was made for it; the program's folder stays. */
  stop(): Promise<void>;
}

/** A stack of a Pulumi program on a local Azure of its own. */
export type LocalStack = LocalAzure;

/**
 * Starts a local Azure in this process for the program in a folder.
 *
 * @param services rooms that the program needs, besides the control plane. @default all
 */
export async function openLocalAzure(folder: string, services?: Rooms): Promise<LocalAzure> {
  const dataDir = mkdtempSync(join(tmpdir(), "devfactory-stack-"));
  const emulator = await startEmulator({ dataDir, frontDoorPort: 0, ...(services && { services }) });
  const path = `${ENGINE}:${process.env.PATH}`;
  const env = { ...process.env, ...emulator.env, PATH: path, NO_COLOR: "1", PULUMI_SKIP_UPDATE_CHECK: "true" };
  const pulumiAs: LocalAzure["pulumiAs"] =
    (signIn) =>
    async (...args) => {
      const options = { cwd: folder, env: { ...env, ...signIn }, maxBuffer: 64 * MEGABYTE };
      const { stdout } = await run("pulumi", [...args, "--non-interactive"], options).catch((error) => {
        throw new Error(`pulumi ${args.join(" ")}:\n${error.stdout}\n${error.stderr}`);
      });
      return stdout;
    };
  return {
    env: emulator.env,
    dataDir,
    pulumi: pulumiAs({}),
    pulumiAs,
    stored: (types) => {
      const counts = types.map((type) => [type, emulator.context.resources.list(type).length] as const);
      return Object.fromEntries(counts.filter(([, count]) => count > 0));
    },
    resources: (type) => emulator.context.resources.list(type),
    disturb: async (fault) => {
      const { url, token } = emulator.admin;
      const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
      const { status } = await fetch(`${url}/faults`, { method: "POST", headers, body: JSON.stringify(fault) });
      if (status !== 204) throw new Error(`the fault was refused: ${status}`);
    },
    stop: async () => {
      await emulator.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/**
 * Starts a local Azure in this process and makes a stack of a program.
 *
 * @param services rooms that the program needs, besides the control plane
 */
export async function startLocalStack(folder: string, stack: string, services: Rooms): Promise<LocalStack> {
  const azure = await openLocalAzure(folder, services);
  await azure.pulumi("stack", "init", stack);
  const stop = async () => {
    await azure.stop();
    rmSync(join(folder, `Pulumi.${stack}.yaml`), { force: true });
  };
  return { ...azure, stop };
}
