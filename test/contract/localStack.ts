import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { startEmulator } from "@devfactory/emulator";

const ENGINE = resolve(import.meta.dirname, "../../emulator/engine/bin");
const MEGABYTE = 1024 * 1024;
const run = promisify(execFile);

/** A stack of a Pulumi program on a local Azure of its own. */
export interface LocalStack {
  /** One command of the local engine in the program's folder; what it printed. @throws Error with all its output */
  pulumi(...args: readonly string[]): Promise<string>;
  /** How many resources each of these ARM types has; those without any are left out. */
  stored(types: readonly string[]): Readonly<Record<string, number>>;
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

/**
 * Starts a local Azure in this process and makes a stack of a program.
 *
 * @param services rooms that the program needs, besides the control plane
 */
export async function startLocalStack(
  folder: string,
  stack: string,
  services: NonNullable<Parameters<typeof startEmulator>[0]["services"]>,
): Promise<LocalStack> {
  const dataDir = mkdtempSync(join(tmpdir(), "devfactory-stack-"));
  const emulator = await startEmulator({ dataDir, services });
  const path = `${ENGINE}:${process.env.PATH}`;
  const env = { ...process.env, ...emulator.env, PATH: path, NO_COLOR: "1", PULUMI_SKIP_UPDATE_CHECK: "true" };
  const pulumi = async (...args: readonly string[]): Promise<string> => {
    const options = { cwd: folder, env, maxBuffer: 64 * MEGABYTE };
    const { stdout } = await run("pulumi", [...args, "--non-interactive"], options).catch((error) => {
      throw new Error(`pulumi ${args.join(" ")}:\n${error.stdout}\n${error.stderr}`);
    });
    return stdout;
  };
  await pulumi("stack", "init", stack);
  return {
    pulumi,
    stored: (types) => {
      const counts = types.map((type) => [type, emulator.context.resources.list(type).length] as const);
      return Object.fromEntries(counts.filter(([, count]) => count > 0));
    },
    disturb: async (fault) => {
      const { url, token } = emulator.admin;
      const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
      const { status } = await fetch(`${url}/faults`, { method: "POST", headers, body: JSON.stringify(fault) });
      if (status !== 204) throw new Error(`the fault was refused: ${status}`);
    },
    stop: async () => {
      await emulator.stop();
      rmSync(dataDir, { recursive: true, force: true });
      rmSync(join(folder, `Pulumi.${stack}.yaml`), { force: true });
    },
  };
}
