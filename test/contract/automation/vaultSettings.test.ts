import { KeyVaultHelper } from "@devfactory/automation/orchestrator/keyVaultHelper.ts";
import { VaultSettings } from "@devfactory/automation/orchestrator/vaultSettings.ts";
import { Redactor } from "@devfactory/automation/redact.ts";
import { currentLimits, currentSharing, WORKER_IN_VAULT, workerSettings } from "@devfactory/automation/settings.ts";
import { startVault } from "@devfactory/emulator/services/keyVault/harness.ts";
import { expect, it } from "vitest";

const ENVIRONMENT = {
  AZURE_COSMOS_ENDPOINT: "https://localhost:1",
  AZURE_SERVICE_BUS_HOST: "localhost:2",
  AZURE_STORAGE_BLOB_ENDPOINT: "https://localhost:3",
  AZURE_KEY_VAULT_ENDPOINT: "https://localhost:5",
  AZURE_SUBSCRIPTION_ID: "s",
  DEVFACTORY_RESOURCE_GROUP: "rg",
  DEVFACTORY_AGENT_JOBS: "{}",
  DEVFACTORY_REGISTRY_ID: "/subscriptions/s/registry",
  AZURE_CONTAINER_REGISTRY_ENDPOINT: "localhost:4",
  DEVFACTORY_TENANT_RATE: "60",
  DEVFACTORY_QUEUE_SLOTS: "7",
};

it("settings of the vault come before the environment's, change without a restart, and outlive an outage of the vault", async () => {
  const harness = await startVault();
  const client = harness.client();
  await client.setSecret("devfactory-tenant-rate", "30");
  const lines: unknown[][] = [];
  const log = { info: (...args: unknown[]) => lines.push(args), warn: (...args: unknown[]) => lines.push(args) };
  const vault = new KeyVaultHelper(harness.uri, harness.context.credential("officer"), new Redactor());
  const shared = { names: WORKER_IN_VAULT, environment: ENVIRONMENT, read: workerSettings, log };
  const live = await VaultSettings.open({ vault, ...shared });
  const now = () => live.current;
  const [limits, sharing] = [currentLimits(now), currentSharing(now)];
  const seen = () => [limits("acme").jobsPerMinute, sharing.slots, sharing.shareOf("acme").concurrent, live.isDegraded];
  expect(seen()).toEqual([30, 7, 10, false]);

  const told: number[] = [];
  live.onChange(({ DEVFACTORY_TENANT_RATE }) => told.push(DEVFACTORY_TENANT_RATE));
  await client.setSecret("devfactory-tenant-rate", "45");
  await client.setSecret("devfactory-queue-slots", "9");
  expect([...(await live.refresh())].sort()).toEqual(["DEVFACTORY_QUEUE_SLOTS", "DEVFACTORY_TENANT_RATE"]);
  expect(seen()).toEqual([45, 9, 10, false]);
  expect(await live.refresh()).toEqual([]);
  expect(told).toEqual([45]);

  // A value that is not valid changes nothing, and is named.
  await client.setSecret("devfactory-tenant-limits", "no JSON");
  expect(await live.refresh()).toEqual([]);
  expect(lines.at(-1)?.[1]).toBe("new settings of the vault are not valid; the old ones stay");
  expect(seen()).toEqual([45, 9, 10, false]);
  await client.setSecret("devfactory-tenant-limits", '{"acme":{"concurrent":3}}');
  await live.refresh();
  expect(seen()).toEqual([45, 9, 3, false]);

  // A setting that is taken out of the vault is the environment's again.
  await (await client.beginDeleteSecret("devfactory-queue-slots")).pollUntilDone();
  expect(await live.refresh()).toEqual(["DEVFACTORY_QUEUE_SLOTS"]);
  expect(seen()).toEqual([45, 7, 3, false]);

  await harness[Symbol.asyncDispose]();
  expect(await live.refresh()).toEqual([]);
  expect(seen()).toEqual([45, 7, 3, true]); // what was read last counts
  const fresh = await VaultSettings.open({ vault, ...shared });
  expect([fresh.current.DEVFACTORY_TENANT_RATE, fresh.isDegraded]).toEqual([60, true]); // at first the environment
}, 60_000);

it("without a vault the environment alone counts", async () => {
  const log = { info: () => {}, warn: () => {} };
  const options = { names: WORKER_IN_VAULT, environment: ENVIRONMENT, read: workerSettings, log };
  const live = await VaultSettings.open(options);
  expect([live.current.DEVFACTORY_TENANT_RATE, live.isDegraded, await live.refresh()]).toEqual([60, false, []]);
});

it("a secret that is cached counts while the vault is down, which is told", async () => {
  const harness = await startVault();
  await harness.client().setSecret("stripe-api-key", "sk-test-0123456789");
  let ms = Date.now();
  const vault = new KeyVaultHelper(harness.uri, harness.context.credential("officer"), new Redactor(), () => ms);
  expect([await vault.secret("stripe-api-key"), vault.isDegraded]).toEqual(["sk-test-0123456789", false]);
  await harness.client().setSecret("stripe-api-key", "sk-test-9876543210");
  expect(await vault.secret("stripe-api-key")).toBe("sk-test-0123456789");
  ms += 5 * 60_000;
  expect(await vault.secret("stripe-api-key")).toBe("sk-test-9876543210"); // rotated, used within five minutes
  await harness[Symbol.asyncDispose]();
  ms += 5 * 60_000;
  expect([await vault.secret("stripe-api-key"), vault.isDegraded]).toEqual(["sk-test-9876543210", true]);
}, 60_000);
