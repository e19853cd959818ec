import type { TenantContext } from "@devfactory/automation/jobs/documents.ts";
import { houseOn, OTHER, TENANT } from "../test/contract/automation/house.ts";
import { startLocalAzure } from "./localAzure.ts";
import type { Queue } from "./queueLoad.ts";

const TENANTS: readonly TenantContext[] = [
  TENANT,
  OTHER,
  { tenantId: "33333333-3333-4333-8333-333333333333", userId: "user-c" },
];
const WORKERS = 3;

/** Our ledger and queue on the local Cosmos DB and Service Bus, through their real clients; the apps belong to three tenants in turn. */
export async function ledgerQueue(slots: number): Promise<Queue> {
  const house = await houseOn(await startLocalAzure(), {
    slots,
    concurrent: slots,
    unfinished: 10_000,
    leaseMs: 60_000,
  });
  const apps = new Map<number, Promise<string>>();
  const tenantOf = (app: number) => TENANTS[app % TENANTS.length] ?? TENANT;
  return {
    add: async (app, name) => {
      const known = apps.get(app);
      if (known) {
        await house.ledger.addToApp(tenantOf(app), await known, { kind: "edit", prompt: name });
        return;
      }
      const made = house.ledger.create(tenantOf(app), { prompt: name });
      apps.set(
        app,
        made.then(({ appId }) => appId),
      );
      await made;
    },
    work: async (onStart) => {
      for (let worker = 0; worker < WORKERS; worker++) {
        house.startWorker(
          async ({ options }) => {
            await onStart(options.job.prompt);
            return { kind: "done" };
          },
          { slots: Math.ceil(slots / WORKERS), cancelPollMs: 1_000 },
        );
      }
    },
    [Symbol.asyncDispose]: () => house[Symbol.asyncDispose](),
  };
}
