import { readFileSync } from "node:fs";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { asHttp } from "../asHttp.ts";
import { CliError } from "../cliError.ts";
import { type EmulatorInfo, type Home, type PlatformInfo, readPlatform, runningEmulator, writeData } from "../home.ts";
import { deployDashboard } from "./dashboard.ts";
import { startEmulator } from "./emulatorProcess.ts";
import { upPlatform } from "./platformStack.ts";

const DEFAULT_FRONT_DOOR_PORT = 4280;
const API_READY_TIMEOUT_MS = 60_000;

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
 * @throws CliError `already runs` is not an error: look with `runningEmulator` first
 */
export async function startPlatform(home: Home, say: Say): Promise<RunningPlatform> {
  const port = Number(process.env.DEVFACTORY_PORT ?? DEFAULT_FRONT_DOOR_PORT);
  say("Starting the local Azure …");
  const emulator = await startEmulator(home, port);
  try {
    setDefaultCACertificates([...getCACertificates(), readFileSync(emulator.info.caPath, "utf8")]);
    say("Deploying the platform's stack …");
    const platform = await upPlatform(home, emulator.info, (op, name) => say(`  ${op} ${name}`));
    writeData(home, "platform.json", platform);
    await Promise.all([deployDashboard(home, emulator.info, platform, say), untilReady(platform.apiUrl)]);
    writeEndpoints(home, emulator.info, platform);
    return { emulator: emulator.info, platform, ended: emulator.ended, stop: emulator.stop };
  } catch (error) {
    await emulator.stop();
    throw error;
  }
}

/** The platform that already runs here, if one does. */
export function findRunning(home: Home): { emulator: EmulatorInfo; platform: PlatformInfo } | undefined {
  const emulator = runningEmulator(home);
  const platform = readPlatform(home);
  return emulator && platform ? { emulator, platform } : undefined;
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

async function untilReady(apiUrl: string): Promise<void> {
  const deadline = Date.now() + API_READY_TIMEOUT_MS;
  let last = "no answer";
  while (Date.now() < deadline) {
    const response = await fetch(`${asHttp(apiUrl)}/health/ready`).catch((error: unknown) => String(error));
    if (response instanceof Response && response.ok) return;
    last = response instanceof Response ? `${response.status} ${await response.text()}` : response;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new CliError(`The API does not answer: ${last}`, "Look at `npx devfactory logs --service api`.");
}
