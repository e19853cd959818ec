import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { asHttp } from "../asHttp.ts";
import { CliError } from "../cliError.ts";
import { type EmulatorInfo, type Home, type PlatformInfo, readPlatform, runningEmulator, writeData } from "../home.ts";
import { deployDashboard } from "./dashboard.ts";
import { startEmulator } from "./emulatorProcess.ts";
import { PlatformStackError, upPlatform } from "./platformStack.ts";

const DEFAULT_FRONT_DOOR_PORT = 4280;
const API_READY_TIMEOUT_MS = 60_000;
const SOFT_MS = 3_000;

export interface RunningPlatform {
  readonly emulator: EmulatorInfo;
  readonly platform: PlatformInfo;
  /** Resolves when the local Azure has ended by itself. */
  readonly ended: Promise<number | null>;
  stop(): Promise<void>;
}

/** Tells a person what happens; one short line each. */
export type Say = (line: string) => void;

/**
 * Starts the local Azure, deploys the platform's own stack onto it, and waits until the API answers.
 *
 * @param interrupt stops the start: what was started is ended before the promise rejects
 * @throws CliError `already runs` is not an error: look with `runningEmulator` first
 */
export async function startPlatform(home: Home, say: Say, interrupt: AbortSignal): Promise<RunningPlatform> {
  const unfinished = readPlatform(home) === undefined && existsSync(join(home.dataDir, "azure.db"));
  try {
    return await startOnce(home, say, interrupt);
  } catch (error) {
    if (!unfinished || interrupt.aborted || !(error instanceof PlatformStackError)) throw error;
    // A first start that was killed may leave resources that its stack does not know. Nobody has made anything here yet.
    say("The first start here was never finished: beginning afresh …");
    rmSync(home.dataDir, { recursive: true, force: true });
    return await startOnce(home, say, interrupt);
  }
}

async function startOnce(home: Home, say: Say, interrupt: AbortSignal): Promise<RunningPlatform> {
  const port = Number(process.env.DEVFACTORY_PORT ?? DEFAULT_FRONT_DOOR_PORT);
  say("Starting the local Azure …");
  const emulator = await startEmulator(home, port, interrupt);
  const work = furnish(home, emulator.info, say, interrupt);
  try {
    const platform = await Promise.race([work, rejection(interrupt)]);
    return { emulator: emulator.info, platform, ended: emulator.ended, stop: emulator.stop };
  } catch (error) {
    // The engine saves its state and ends; what still waits for the local Azure fails when that is gone.
    await settled(work, SOFT_MS);
    await emulator.stop();
    await settled(work, SOFT_MS);
    throw error;
  }
}

/** Everything that goes onto the local Azure. */
async function furnish(home: Home, emulator: EmulatorInfo, say: Say, interrupt: AbortSignal): Promise<PlatformInfo> {
  setDefaultCACertificates([...getCACertificates(), readFileSync(emulator.caPath, "utf8")]);
  say("Deploying the platform's stack …");
  const platform = await upPlatform(home, emulator, (op, name) => say(`  ${op} ${name}`), interrupt);
  writeData(home, "platform.json", platform);
  await Promise.all([deployDashboard(home, emulator, platform, say), untilReady(platform.apiUrl, interrupt)]);
  writeEndpoints(home, emulator, platform);
  return platform;
}

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** Waits for an end of either kind, at most so long. */
async function settled(work: Promise<unknown>, ms: number): Promise<void> {
  const late = new Promise((resolve) => setTimeout(resolve, ms).unref());
  await Promise.race([work.catch(() => undefined), late]);
}

/** The platform that already runs here, if one does; `ready` tells whether its own stack was ever deployed. */
export function findRunning(home: Home): { readonly emulator: EmulatorInfo; readonly ready: boolean } | undefined {
  const emulator = runningEmulator(home);
  return emulator && { emulator, ready: readPlatform(home) !== undefined };
}

function writeEndpoints(home: Home, emulator: EmulatorInfo, platform: PlatformInfo): void {
  writeData(home, "endpoints.json", {
    api: asHttp(platform.apiUrl),
    dashboard: emulator.frontDoor,
    arm: emulator.arm,
    entra: emulator.entra,
    tenants: emulator.tenants.map(({ id, name, users }) => ({
      id,
      name,
      users: users.map(({ username, roles }) => ({ username, roles })),
    })),
  });
}

async function untilReady(apiUrl: string, interrupt: AbortSignal): Promise<void> {
  const deadline = Date.now() + API_READY_TIMEOUT_MS;
  let last = "no answer";
  while (Date.now() < deadline) {
    interrupt.throwIfAborted();
    const response = await fetch(`${asHttp(apiUrl)}/health/ready`).catch((error: unknown) => String(error));
    if (response instanceof Response && response.ok) return;
    last = response instanceof Response ? `${response.status} ${await response.text()}` : response;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new CliError(
    `The API does not answer: ${last}`,
    "Its lines are in the log stream of the container app; start again.",
  );
}
