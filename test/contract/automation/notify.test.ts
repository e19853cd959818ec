import { setTimeout as sleep } from "node:timers/promises";
import { setDefaultCACertificates } from "node:tls";
import { tenantAudit } from "@devfactory/automation/api/tenantAudit.ts";
import { Chores } from "@devfactory/automation/jobs/chores.ts";
import { CosmosStore } from "@devfactory/automation/jobs/cosmosStore.ts";
import { CosmosKeyRows } from "@devfactory/automation/keys/keyRows.ts";
import { KeyStore } from "@devfactory/automation/keys/keyStore.ts";
import { createLogger } from "@devfactory/automation/logger.ts";
import { Endpoints } from "@devfactory/automation/notify/endpoints.ts";
import { Sender } from "@devfactory/automation/notify/sender.ts";
import { startReceiver } from "@devfactory/automation/notify/testing/receiver.ts";
import { KeyVaultHelper } from "@devfactory/automation/orchestrator/keyVaultHelper.ts";
import { OutboundClient } from "@devfactory/automation/outbound/outboundClient.ts";
import { Redactor } from "@devfactory/automation/redact.ts";
import { startCosmos } from "@devfactory/emulator/services/cosmos/harness.ts";
import { startVault } from "@devfactory/emulator/services/keyVault/harness.ts";
import { Stripe } from "stripe";
import { expect, it } from "vitest";
import { shaky, shakyCalls, wayTo } from "./faultRate.ts";

const ADA = { tenantId: "t1", userId: "ada" };
const CONTAINERS = { ledger: "/pk", keys: "/tenantId", auditLogs: "/jobId" } as const;

it("three workers send what is due from Cosmos DB under keys of Key Vault: each once, and after a restart with the same id", async () => {
  await using cosmos = await startCosmos();
  await using vault = await startVault();
  setDefaultCACertificates([cosmos.context.certificates.ca, vault.context.certificates.ca]);
  for (const [name, path] of Object.entries(CONTAINERS))
    await cosmos.container(name, { partitionKey: { paths: [path], kind: "Hash" } });
  const key_ops = ["wrapKey", "unwrapKey", "sign", "verify"];
  await vault.call("POST", "keys/user-keys/create", { kty: "RSA", key_size: 3072, key_ops });
  await using way = await wayTo(vault.uri, vault.context.certificates);
  const down = { is: true };
  await using hook = await startReceiver(() => (down.is ? 500 : 200));
  const database = cosmos.client().database("app");
  const ahead = { ms: 0 };
  /** The parts of one process: nothing in memory is shared. */
  const process = (name: string) => {
    const store = shaky(new CosmosStore(database));
    const helper = new KeyVaultHelper(way.url, vault.context.credential("officer"), new Redactor());
    const keys = new KeyStore({
      rows: shakyCalls(new CosmosKeyRows(database.container("keys")), ["read", "write"]),
      wrapper: helper.wrapper("user-keys"),
    });
    const outbound = new OutboundClient({ reach: "loopback" });
    const endpoints = new Endpoints({ store, keys, outbound });
    const sender = new Sender({
      store,
      endpoints,
      outbound,
      mailer: { send: () => Promise.reject(new Error("no mail here")) },
      chores: new Chores(store, name),
      notice: tenantAudit(store),
      log: createLogger("test", "silent", new Redactor()),
      now: () => Date.now() + ahead.ms,
      everyMs: 100,
    });
    return { endpoints, sender };
  };
  const { endpoints } = process("api");
  const { secret = "" } = await endpoints.put(ADA, "hook", { url: hook.url, kind: "webhook", events: ["job.failed"] });
  const sent: string[] = [];
  for (let count = 0; count < 20; count++) sent.push((await endpoints.ping(ADA, "hook")).id);
  const until = async (holds: () => Promise<boolean>) => {
    for (const end = performance.now() + 30_000; !(await holds()); await sleep(50))
      if (performance.now() > end) throw new Error("it takes too long");
  };
  const statuses = async () =>
    (await endpoints.notifications(ADA, "hook")).map(({ status, attempts }) => `${status} ${attempts}`);
  const ids = () => hook.received.map(({ headers }) => String(headers["devfactory-event-id"]));

  const first = ["a", "b", "c"].map(process);
  for (const { sender } of first) sender.start();
  await until(async () => (await statuses()).every((each) => each === "pending 1"));
  for (const { sender } of first) sender.stop();
  await sleep(300);
  expect(ids().toSorted()).toEqual(sent.toSorted()); // nobody sent what another had

  down.is = false;
  ahead.ms = 11_000;
  hook.received.length = 0;
  const second = ["d", "e", "f"].map(process);
  for (const { sender } of second) sender.start();
  await until(async () => (await statuses()).every((each) => each === "delivered 2"));
  for (const { sender } of second) sender.stop();
  expect(ids().toSorted()).toEqual(sent.toSorted());
  const { webhooks } = new Stripe("sk_test_of_no_account");
  for (const { body, headers } of hook.received)
    expect(webhooks.constructEvent(body, String(headers["devfactory-signature"]), secret, 60).type).toBe("ping");
}, 90_000);
