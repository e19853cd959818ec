import { CosmosStore } from "./cosmos.ts";
import { MemoryStore } from "./memory.ts";
import type { Store } from "./store.ts";

/** Opens the Cosmos database that the environment names (AZURE_COSMOS_ENDPOINT), or keeps items in memory. */
export async function openStore(env: NodeJS.ProcessEnv): Promise<{ store: Store; note: string }> {
  if (env.AZURE_COSMOS_ENDPOINT) {
    return { store: new CosmosStore(env), note: `Cosmos DB at ${env.AZURE_COSMOS_ENDPOINT}` };
  }
  return {
    store: new MemoryStore(),
    note: "AZURE_COSMOS_ENDPOINT is not set: keeping data in memory only, it is gone when the app stops",
  };
}

/** An empty store that is gone after the test. */
export async function openTestStore(): Promise<Store> {
  return new MemoryStore();
}
