import { appendFileSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Admin, openAdmin } from "./admin.ts";
import type { EmulatorContext, EmulatorService, Log } from "./core/context.ts";
import { lockFolder } from "./core/folderLock.ts";
import { Faults } from "./faults.ts";
import { type House, openHouse } from "./house.ts";
import { linkPlugins } from "./provider/link.ts";
import { ROOMS } from "./rooms.ts";
import { deploymentEnvironment, type EmulatorSettings, prepareFolders, writeSettings } from "./settings.ts";
import { trust } from "./trust.ts";

export type { EmulatorSettings } from "./settings.ts";

export interface EmulatorOptions {
  /** Folder of all data; made when absent. */
  readonly dataDir: string;
  /** Folder whose own code runs in place, without a sandbox. @default the folder above this package */
  readonly checkout?: string;
  /** Fixed port of the front door. @default 4280 */
  readonly frontDoorPort?: number;
  /** Starts only these rooms; ARM and Entra always run. @default all */
  readonly services?: readonly string[];
}

/** A running local Azure. */
export interface Emulator extends AsyncDisposable {
  /** Address of ARM. */
  readonly arm: string;
  /** Address of Entra. */
  readonly entra: string;
  readonly developer: EmulatorSettings["developer"];
  readonly tenants: EmulatorSettings["tenants"];
  readonly subscriptionId: string;
  readonly caPath: string;
  readonly admin: EmulatorSettings["admin"];
  /** Environment of a deployment against it. */
  readonly env: EmulatorSettings["env"];
  readonly context: EmulatorContext;
  stop(): Promise<void>;
}

const FRONT_DOOR_PORT = 4280;

/**
 * Starts the local Azure in this process.
 *
 * @throws {FolderInUse} when another one works in the folder
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const dataDir = resolve(options.dataDir);
  const checkout = resolve(options.checkout ?? join(import.meta.dirname, ".."));
  const frontDoorPort = options.frontDoorPort ?? FRONT_DOOR_PORT;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const unlock = lockFolder(dataDir);
  try {
    return await open(options, { dataDir, checkout, frontDoorPort, unlock });
  } catch (error) {
    unlock();
    throw error;
  }
}

interface Place {
  readonly dataDir: string;
  readonly checkout: string;
  readonly frontDoorPort: number;
  readonly unlock: () => void;
}

async function open(options: EmulatorOptions, { dataDir, checkout, frontDoorPort, unlock }: Place): Promise<Emulator> {
  prepareFolders(dataDir);
  linkPlugins(join(dataDir, "pulumi"));
  const faults = new Faults();
  const house = await openHouse(dataDir, fileLog(dataDir), (request, serve) => faults.disturb(request, serve));
  trust(house.context.certificates.ca);
  const services = await loadRooms(house, options.services, { checkout, frontDoorPort });
  const running: EmulatorService[] = [];
  try {
    await house.arm.start(services);
    await Promise.all(services.map((service) => service.start().then(() => running.push(service))));
    house.arm.resume();
    const admin = await startAdmin(house, faults);
    const settings = settingsOf(house, { checkout, frontDoor: frontDoorOf(services, frontDoorPort), admin });
    writeSettings(dataDir, settings);
    return emulatorOf(house, settings, () => stopAll(house, running, admin).finally(unlock));
  } catch (error) {
    await stopAll(house, running, undefined);
    throw error;
  }
}

function loadRooms(
  house: House,
  wanted: readonly string[] | undefined,
  options: { readonly checkout: string; readonly frontDoorPort: number },
): Promise<readonly EmulatorService[]> {
  const unknown = wanted?.filter((name) => !ROOMS.some((room) => room.name === name)) ?? [];
  if (unknown.length > 0)
    throw new Error(`no such service: ${unknown.join(", ")} (there are ${ROOMS.map((room) => room.name).join(", ")})`);
  const rooms = ROOMS.filter(({ name }) => name === "entra" || !wanted || wanted.includes(name));
  return Promise.all(rooms.map((room) => room.load(house.context, options)));
}

async function startAdmin(house: House, faults: Faults): Promise<Admin> {
  const { certificates, ports, tokens } = house.context;
  return openAdmin({
    port: await ports.portFor("admin"),
    certificates,
    clock: house.clock,
    tokens,
    faults,
    limits: house.arm.limits,
    costs: house.arm.costs,
  });
}

function settingsOf(
  house: House,
  parts: { readonly checkout: string; readonly frontDoor: string; readonly admin: Admin },
): EmulatorSettings {
  const { seeds, context, arm, authority } = house;
  const { admin, frontDoor, checkout } = parts;
  return {
    pid: process.pid,
    arm: arm.url,
    entra: authority,
    frontDoor,
    caPath: resolve(context.certificates.caPath),
    subscriptionId: seeds.subscriptionId,
    homeTenantId: seeds.developer.tenantId,
    developer: seeds.developer,
    tenants: seeds.tenants,
    admin: { url: admin.url, token: admin.token },
    env: deploymentEnvironment(house, checkout),
  };
}

/** The front door takes another port when its own is taken. */
function frontDoorOf(services: readonly EmulatorService[], port: number): string {
  const host = services.find((service) => "frontDoorUrl" in service);
  return host && "frontDoorUrl" in host ? String(host.frontDoorUrl) : `http://localhost:${port}`;
}

function emulatorOf(house: House, settings: EmulatorSettings, stop: () => Promise<void>): Emulator {
  const { arm, entra, developer, tenants, subscriptionId, caPath, admin, env } = settings;
  let stopping: Promise<void> | undefined;
  const once = () => {
    stopping ??= stop();
    return stopping;
  };
  const { context } = house;
  return {
    arm,
    entra,
    developer,
    tenants,
    subscriptionId,
    caPath,
    admin,
    env,
    context,
    stop: once,
    [Symbol.asyncDispose]: once,
  };
}

async function stopAll(house: House, running: readonly EmulatorService[], admin: Admin | undefined): Promise<void> {
  await Promise.allSettled([admin?.close(), house.arm.stop(), ...running.map((service) => service.stop())]);
  house.close();
}

/** Lines of JSON in `<data>/emulator.log`. */
function fileLog(dataDir: string): Log {
  const path = join(dataDir, "emulator.log");
  return (service, message, details) => {
    const line = { time: new Date().toISOString(), service, message, ...details };
    appendFileSync(path, `${JSON.stringify(line)}\n`);
  };
}
