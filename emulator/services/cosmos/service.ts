import type { EmulatorContext, EmulatorService } from "../../core/context.ts";
import { Accounts } from "./accounts.ts";
import { ACCOUNT_TYPE, cosmosHooks } from "./hooks.ts";

/** How often expired items are removed for good; reads leave them out at once. */
const PURGE_MS = 30_000;

/** Azure Cosmos DB for NoSQL: accounts, databases, containers, role assignments, and their data plane. */
export function createCosmos(context: EmulatorContext): EmulatorService {
  const accounts = new Accounts(context);
  let purging: NodeJS.Timeout | undefined;
  return {
    name: "cosmos",
    hooks: cosmosHooks(accounts),
    async start() {
      await Promise.all(context.resources.list(ACCOUNT_TYPE).map((resource) => accounts.open(resource)));
      const purge = () =>
        accounts
          .purgeExpired()
          .catch((error: unknown) => context.log("cosmos", "purge failed", { error: String(error) }));
      purging = setInterval(purge, PURGE_MS).unref();
    },
    async stop() {
      clearInterval(purging);
      await accounts.closeAll();
    },
  };
}
