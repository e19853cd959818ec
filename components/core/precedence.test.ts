import { expect, it } from "vitest";
import { PostgresServer } from "../data/postgresServer.ts";
import { StorageAccount } from "../data/storageAccount.ts";
import { ContainerRegistry } from "../registry/containerRegistry.ts";
import { KeyVault } from "../security/keyVault.ts";
import { Monitoring } from "../shared/monitoring.ts";
import { rawResources, record, testContext } from "../testing/index.ts";
import type { AppContext } from "./context.ts";

type Inputs = Readonly<Record<string, unknown>>;

/** One input of one child, as each of the sources decides it, weakest first: profile or context, argument, transform. */
interface Case {
  readonly make: (context: AppContext, args: object) => unknown;
  readonly child: string;
  readonly input: (inputs: Inputs) => unknown;
  readonly default: unknown;
  readonly argument: readonly [args: object, value: unknown];
  readonly transform: readonly [changes: object, value: unknown];
}

const registry = (context: AppContext, args: object) => new ContainerRegistry("x", { context, ...args });
const vault = (context: AppContext, args: object) => new KeyVault("x", { context, ...args });
const postgres = (context: AppContext, args: object) => new PostgresServer("x", { context, databases: [], ...args });
const storage = (context: AppContext, args: object) => new StorageAccount("x", { context, ...args });
const monitoring = (context: AppContext, args: object) => new Monitoring("x", { context, ...args });

const CASES: Readonly<Record<string, Case>> = {
  "sku by profile": {
    make: registry,
    child: "registry",
    input: ({ sku }) => (sku as Inputs).name,
    default: "Basic",
    argument: [{ sku: "Standard" }, "Standard"],
    transform: [{ sku: { name: "Premium" } }, "Premium"],
  },
  "storage sku by profile": {
    make: storage,
    child: "account",
    input: ({ sku }) => (sku as Inputs).name,
    default: "Standard_LRS",
    argument: [{ sku: "Standard_GRS" }, "Standard_GRS"],
    transform: [{ sku: { name: "Standard_GZRS" } }, "Standard_GZRS"],
  },
  "backup by profile": {
    make: postgres,
    child: "server",
    input: ({ backup }) => (backup as Inputs).backupRetentionDays,
    default: 7,
    argument: [{ backupDays: 14 }, 14],
    transform: [{ backup: { backupRetentionDays: 21 } }, 21],
  },
  "daily cap by profile": {
    make: monitoring,
    child: "workspace",
    input: ({ workspaceCapping }) => (workspaceCapping as Inputs).dailyQuotaGb,
    default: 1,
    argument: [{ dailyCapGb: 4 }, 4],
    transform: [{ workspaceCapping: { dailyQuotaGb: 8 } }, 8],
  },
  "location by context": {
    make: vault,
    child: "vault",
    input: ({ location }) => location,
    default: "eastus",
    argument: [{ location: "westeurope" }, "westeurope"],
    transform: [{ location: "northeurope" }, "northeurope"],
  },
  "name by context": {
    make: vault,
    child: "vault",
    input: ({ vaultName }) => vaultName,
    default: expect.stringMatching(/^kv-clinic-dev-[a-z2-7]{6}$/),
    argument: [{ name: "kv-mine" }, "kv-mine"],
    transform: [{ vaultName: "kv-other" }, "kv-other"],
  },
  "tags by context": {
    make: vault,
    child: "vault",
    input: ({ tags }) => (tags as Inputs).owner,
    default: "tests",
    argument: [{ tags: { owner: "me" } }, "me"],
    transform: [{ tags: { owner: "you" } }, "you"],
  },
};

it.each(Object.entries(CASES))("%s < argument < transform", async (_, row) => {
  const value = async (args: object) => {
    const made = rawResources(await record(() => row.make(testContext("dev"), args)));
    return row.input(made[`x-${row.child}`]?.[1] ?? {});
  };
  const [args, argumentValue] = row.argument;
  const [changes, transformValue] = row.transform;
  const transform = { [row.child]: changes };
  expect([await value({}), await value(args), await value({ ...args, transform })]).toEqual([
    row.default,
    argumentValue,
    transformValue,
  ]);
});

it("a transform that is a function gets what profile, context and arguments decided", async () => {
  const seen: unknown[] = [];
  const transform = {
    registry: <Args extends object>(args: Args): Args => {
      seen.push(args);
      return args;
    },
  };
  await record(() => registry(testContext("dev"), { sku: "Standard", location: "westeurope", transform }));
  expect(seen).toEqual([expect.objectContaining({ sku: { name: "Standard" }, location: "westeurope" })]);
});

it("the tags of context, component and argument are joined", async () => {
  const made = rawResources(await record(() => vault(testContext("dev"), { tags: { team: "a" } })));
  expect(made["x-vault"]?.[1].tags).toEqual({ owner: "tests", "devfactory-component": "x", team: "a" });
});
