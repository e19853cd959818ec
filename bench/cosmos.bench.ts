import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setDefaultCACertificates } from "node:tls";
import { CosmosClient, type CosmosClientOptions } from "@azure/cosmos";
import { createCosmos } from "../emulator/services/cosmos/index.ts";
import { testContext } from "../emulator/testing/context.ts";
import { type Bench, median } from "./bench.ts";

const PEER = "@vercel/cosmosdb-server@1.0.1";
const FOLDER = join(import.meta.dirname, "..", ".devfactory", "bench");
const DOCUMENTS = 500;
const ROUNDS = 5;
const ACCOUNT = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DocumentDB/databaseAccounts/bench";

/** The peer is installed only for the measurement: it brings 440 packages. */
function installPeer(): string {
  if (!existsSync(join(FOLDER, "node_modules"))) {
    execFileSync("npm", ["install", "--prefix", FOLDER, "--no-audit", "--no-fund", PEER], { stdio: "ignore" });
  }
  return join(FOLDER, "node_modules", "@vercel", "cosmosdb-server", "lib", "cli.js");
}

/** Operations per second: upserts, then point reads, one after the other through the real client. */
async function throughput(options: CosmosClientOptions, database: string): Promise<{ upserts: number; reads: number }> {
  const container = new CosmosClient(options).database(database).container("items");
  const perSecond = async (work: (id: string) => Promise<unknown>) => {
    const begin = performance.now();
    for (let index = 0; index < DOCUMENTS; index += 1) await work(`item-${index}`);
    return (DOCUMENTS * 1000) / (performance.now() - begin);
  };
  const upserts = await perSecond((id) => container.items.upsert({ id, title: `Title of ${id}`, count: 1 }));
  return { upserts, reads: await perSecond((id) => container.item(id, id).read()) };
}

async function compare() {
  await using context = await testContext();
  setDefaultCACertificates([context.certificates.ca]);
  const service = createCosmos(context);
  await service.start();
  const put = async (id: string, type: string, properties: Record<string, unknown>) => {
    const desired = { id, name: id.split("/").at(-1) ?? "", type, properties };
    const hook = service.hooks.find((each) => each.type.toLowerCase() === type.toLowerCase());
    const caller = {
      objectId: "bench",
      tenantId: "t",
      clientId: "bench",
      kind: "app",
      audience: "",
      groups: [],
      claims: {},
    } as const;
    context.putResource(desired);
    context.putResource({ ...desired, properties: { ...properties, ...(await hook?.put?.({ desired, caller })) } });
  };
  const types = "Microsoft.DocumentDB/databaseAccounts";
  await put(ACCOUNT, types, { databaseAccountOfferType: "Standard" });
  await put(`${ACCOUNT}/sqlDatabases/bench`, `${types}/sqlDatabases`, { resource: { id: "bench" } });
  const resource = { id: "items", partitionKey: { paths: ["/id"], kind: "Hash" } };
  await put(`${ACCOUNT}/sqlDatabases/bench/containers/items`, `${types}/sqlDatabases/containers`, { resource });
  const roleDefinitionId = `${ACCOUNT}/sqlRoleDefinitions/00000000-0000-0000-0000-000000000002`;
  await put(`${ACCOUNT}/sqlRoleAssignments/1`, `${types}/sqlRoleAssignments`, {
    roleDefinitionId,
    principalId: "bench",
    scope: ACCOUNT,
  });
  const endpoint = String(context.resources.get(ACCOUNT)?.properties.documentEndpoint);

  const port = 3999;
  const peer = spawn(process.execPath, [installPeer(), "-p", String(port)], { stdio: "ignore" });
  const peerOptions = { endpoint: `https://localhost:${port}`, key: "dGVzdA==", agent: await untrustedAgent() };
  try {
    await prepare(peerOptions);
    const rounds: { ours: { upserts: number; reads: number }; theirs: { upserts: number; reads: number } }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const ours = await throughput({ endpoint, aadCredentials: context.credential("bench") }, "bench");
      rounds.push({ ours, theirs: await throughput(peerOptions, "bench") });
    }
    return rounds;
  } finally {
    peer.kill("SIGKILL");
    await service.stop();
  }
}

/** The peer has its own self-signed certificate; this agent is used for it alone. */
async function untrustedAgent() {
  const { Agent } = await import("node:https");
  return new Agent({ rejectUnauthorized: false, keepAlive: true });
}

async function prepare(options: CosmosClientOptions): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      const { database } = await new CosmosClient(options).databases.createIfNotExists({ id: "bench" });
      await database.containers.createIfNotExists({ id: "items", partitionKey: "/id" });
      return;
    } catch (error) {
      if (tries > 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

export const benches: readonly Bench[] = [
  {
    name: "durable Cosmos stand-in / `@vercel/cosmosdb-server` (memory only), point reads and upserts",
    hold: "≥ 2×",
    async run() {
      const rounds = await compare();
      const reads = median(rounds.map(({ ours, theirs }) => ours.reads / theirs.reads));
      const upserts = median(rounds.map(({ ours, theirs }) => ours.upserts / theirs.upserts));
      const rate = (pick: (round: (typeof rounds)[number]) => number) => Math.round(median(rounds.map(pick)));
      return {
        value: `reads ${reads.toFixed(1)}×, upserts ${upserts.toFixed(1)}×`,
        held: reads >= 2 && upserts >= 2,
        detail: `median of ${ROUNDS} rounds of ${DOCUMENTS}, one client; ours ${rate((r) => r.ours.reads)} reads/s and ${rate((r) => r.ours.upserts)} upserts/s, theirs ${rate((r) => r.theirs.reads)} and ${rate((r) => r.theirs.upserts)}`,
      };
    },
  },
];
