import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { EmulatorContext, EmulatorService } from "../../core/context.ts";
import { transaction } from "../../core/database.ts";
import type { Listener } from "../../core/listener.ts";
import { ACCOUNT, Account } from "./accounts.ts";
import { BlobFiles } from "./blobFiles.ts";
import type { BlobHouse } from "./blobHouse.ts";
import { routeBlob } from "./blobRoutes.ts";
import { BlobStore } from "./blobStore.ts";
import { type Accounts, storageHooks } from "./hooks.ts";
import { routeQueue } from "./queueRoutes.ts";
import { QueueStore } from "./queueStore.ts";
import { openStorageDatabase } from "./storageDatabase.ts";
import { openEndpoint } from "./storageServer.ts";

/** A storage account that is being served. */
export interface OpenAccount {
  readonly account: Account;
  readonly house: BlobHouse;
  readonly queues: QueueStore;
  /** As ARM shows them. */
  readonly endpoints: { readonly blob: string; readonly queue: string };
  readonly listeners: readonly Listener[];
}

/** Azure Storage: blobs and queues. Index in `<dataDir>/storage/storage.db`, contents of blobs as files beside it. */
export function createStorage(context: EmulatorContext): EmulatorService {
  const open = new Map<string, Promise<OpenAccount>>();
  const ready = new Map<string, OpenAccount>();
  let database: DatabaseSync | undefined;
  const accounts: Accounts = {
    find: (id) => ready.get(id.toLowerCase()),
    open: async (id) => {
      database ??= openStorageDatabase(context.dataDir);
      const pending = open.get(id.toLowerCase()) ?? openAccount(context, database, id);
      open.set(id.toLowerCase(), pending);
      const opened = await pending;
      ready.set(id.toLowerCase(), opened);
      return opened;
    },
    remove: async (id) => {
      const opened = ready.get(id.toLowerCase());
      open.delete(id.toLowerCase());
      ready.delete(id.toLowerCase());
      if (!opened || !database) return;
      await Promise.all(opened.listeners.map((listener) => listener.close()));
      transaction(database, () => opened.account.forget());
      await opened.house.files.destroy();
      for (const service of ["blob", "queue"]) context.ports.release(`${id}/${service}`);
    },
  };
  return {
    name: "storage",
    hooks: storageHooks(accounts),
    start: async () => {
      const stored = context.resources.list(ACCOUNT);
      await Promise.all(stored.map(({ id }) => accounts.open(id)));
    },
    stop: async () => {
      await Promise.all([...ready.values()].flatMap(({ listeners }) => listeners.map((listener) => listener.close())));
      open.clear();
      ready.clear();
      database?.close();
      database = undefined;
    },
  };
}

async function openAccount(context: EmulatorContext, database: DatabaseSync, id: string): Promise<OpenAccount> {
  const account = new Account(id, context, database);
  const store = new BlobStore(account.name, database, context.clock);
  const files = new BlobFiles(join(context.dataDir, "storage", account.name));
  await files.prepare();
  await files.sweep(store.files());
  const house: BlobHouse = {
    store,
    files,
    clock: context.clock,
    delegationSecret: () => account.keys()[0] ?? Buffer.alloc(0),
  };
  const queues = new QueueStore(account.name, database, context.clock);
  const [blobPort, queuePort] = [await context.ports.portFor(`${id}/blob`), await context.ports.portFor(`${id}/queue`)];
  const listeners = await Promise.all([
    openEndpoint(context, account, "blob", blobPort, (request) => routeBlob(house, account, request)),
    openEndpoint(context, account, "queue", queuePort, (request) => routeQueue(queues, account, request)),
  ]);
  const [blob, queue] = listeners.map(({ port }) => `https://localhost:${port}/${account.name}/`);
  return { account, house, queues, endpoints: { blob: blob ?? "", queue: queue ?? "" }, listeners };
}
