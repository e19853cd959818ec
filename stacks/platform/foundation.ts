import {
  type AppContext,
  ContainerEnvironment,
  ContainerRegistry,
  CosmosAccount,
  KeyVault,
  type Network,
  ServiceBus,
  StorageAccount,
} from "@devfactory/components/index.ts";

/** Name of the Cosmos database, and of what each container is partitioned by (docs/architecture.md). */
export const DATABASE = "devfactory";
const CONTAINERS = {
  jobs: "/userId",
  feedback: "/jobId",
  auditLogs: "/jobId",
  apps: "/tenantId",
  deployments: "/appId",
  usage: "/tenantId",
  keys: "/tenantId",
  ledger: "/pk", // rows that change together in one transaction
} as const;
export const BLOB_CONTAINERS = ["jobs", "feedback", "workspaces", "logs", "state"] as const;
const QUEUE = { sessions: true, duplicateDetection: true } as const;
/** Wraps the keys that users bring; never leaves the vault. */
export const WRAPPING_KEY = "user-keys";

/** Where the platform keeps things and runs. */
export interface Foundation {
  readonly cosmos: CosmosAccount;
  readonly vault: KeyVault;
  readonly storage: StorageAccount;
  readonly bus: ServiceBus;
  readonly registry: ContainerRegistry;
  readonly environment: ContainerEnvironment;
}

/** Who is woken by a message reads what another process wrote a moment ago (docs/decisions/0047-the-ledger-reads-strongly.md). */
const FRESH = { consistencyPolicy: { defaultConsistencyLevel: "Strong" } } as const;

/**
 * Makes the accounts of the platform; nothing here depends on an image. The environment stands in `network` and answers the internet from
 * there: people's browsers and shells call the API (docs/decisions/0024-public-doors-in-production.md).
 */
export function makeFoundation(context: AppContext, network?: Network): Foundation {
  return {
    cosmos: new CosmosAccount("data", {
      context,
      databases: { [DATABASE]: CONTAINERS },
      transform: { account: FRESH },
    }),
    vault: new KeyVault("vault", { context, keys: [WRAPPING_KEY] }),
    storage: new StorageAccount("files", { context, containers: BLOB_CONTAINERS }),
    bus: new ServiceBus("bus", { context, queues: { jobs: QUEUE, deployments: QUEUE } }),
    registry: new ContainerRegistry("registry", { context }),
    environment: new ContainerEnvironment("environment", { context, ...(network && { network }) }),
  };
}
