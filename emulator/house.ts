import { join } from "node:path";
import { type Arm, createArm } from "./arm/index.ts";
import type { Interceptor } from "./arm/server.ts";
import { ensureCertificates } from "./core/certificates.ts";
import { ShiftableClock } from "./core/clock.ts";
import type { EmulatorContext, Log } from "./core/context.ts";
import { openDatabase } from "./core/database.ts";
import { moveTakenPorts } from "./core/movedPorts.ts";
import { PortRegistry } from "./core/ports.ts";
import { TokenAuthority } from "./core/tokens.ts";
import { directoryOf, ENTRA_PORT_KEY, ensureSeeds, ManagedIdentities, type Seeds } from "./services/entra/index.ts";

/** Built-in role "Owner". */
const OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";

/** The parts that every service stands on, before any of them runs. */
export interface House {
  readonly context: EmulatorContext;
  readonly clock: ShiftableClock;
  readonly arm: Arm;
  readonly seeds: Seeds;
  readonly authority: string;
  /** Closes the database. */
  close(): void;
}

/** Opens the data folder and puts the house together; nothing listens yet. */
export async function openHouse(dataDir: string, log: Log, intercept: Interceptor): Promise<House> {
  const clock = new ShiftableClock();
  const database = openDatabase(join(dataDir, "azure.db"));
  const ports = new PortRegistry(database);
  for (const { key, from, to } of await moveTakenPorts(dataDir, database)) {
    log("ports", `port ${from} is taken by another program, using ${to}`, { key });
  }
  const [certificates, entraPort] = await Promise.all([
    ensureCertificates(join(dataDir, "certificates")),
    ports.portFor(ENTRA_PORT_KEY),
  ]);
  const authority = `https://localhost:${entraPort}`;
  const tokens = new TokenAuthority(database, clock, () => authority);
  const directory = directoryOf(database);
  const seeds = ensureSeeds(database, directory);
  const identities = new ManagedIdentities(directory, seeds.developer.tenantId);
  const base = { dataDir, clock, database, certificates, ports, tokens, log };
  const arm = createArm(base, {
    subscriptionId: seeds.subscriptionId,
    tenantId: seeds.developer.tenantId,
    authority: () => authority,
    intercept,
    directory: {
      principalType: (objectId) => directory.principalType(objectId),
      groupsOf: (objectId) => directory.groupsOf(objectId),
      systemIdentity: (resourceId) => {
        const { principalId, tenantId } = identities.ensure(resourceId);
        return { principalId, tenantId };
      },
      forgetIdentity: (resourceId) => identities.forget(resourceId),
    },
  });
  const scope = `/subscriptions/${seeds.subscriptionId}`;
  arm.seedAssignment(seeds.developer.objectId, seeds.developer.objectId, OWNER, scope);
  const context: EmulatorContext = { ...base, resources: arm.store, access: arm.access };
  return { context, clock, arm, seeds, authority, close: () => database.close() };
}
