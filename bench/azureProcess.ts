// Cosmos DB and Service Bus in a process of their own, as everywhere else: what their clients cost is then told apart.
import { startAzure } from "../test/contract/automation/house.ts";

const { cosmos, bus } = await startAzure();
process.send?.({ endpoint: cosmos.endpoint, port: bus.port, dataDir: cosmos.context.dataDir });
process.once("disconnect", () => process.exit());
process.once("message", async () => {
  await bus[Symbol.asyncDispose]();
  await cosmos[Symbol.asyncDispose]();
  process.exit();
});
