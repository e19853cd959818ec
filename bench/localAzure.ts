import { setDefaultCACertificates } from "node:tls";
import { testContext } from "@devfactory/emulator/testing/context.ts";
import { startBeside } from "./beside.ts";

/** The local Cosmos DB and Service Bus in another process; tokens are issued here, by the same authority. */
export async function startLocalAzure() {
  const beside = await startBeside<{ endpoint: string; port: number; dataDir: string }>("azureProcess.ts");
  const { endpoint, port, dataDir } = beside.told;
  const context = await testContext(dataDir);
  setDefaultCACertificates([context.certificates.ca]);
  return {
    cosmos: { endpoint, context, [Symbol.asyncDispose]: () => context[Symbol.asyncDispose]() },
    bus: { port, [Symbol.asyncDispose]: () => beside[Symbol.asyncDispose]() },
  };
}
