import { afterAll, beforeAll, expect, it } from "vitest";
import { long } from "../../long.ts";
import { askOutside } from "../outside.ts";
import { openTarget, type Target } from "./deploy.ts";
import { type BlueprintPlan, costOf, countsOf, failuresOf, grantsOf, inputsOf, planBlueprint } from "./plan.ts";

const COUNTS = {
  "app:ContainerApp": 2,
  "app:ManagedEnvironment": 1,
  "authorization:RoleAssignment": 8,
  "containerregistry:Registry": 1,
  "dbforpostgresql:AdministratorsMicrosoftEntra": 1,
  "dbforpostgresql:Configuration": 5,
  "dbforpostgresql:Database": 1,
  "dbforpostgresql:FirewallRule": 1,
  "dbforpostgresql:Server": 1,
  "keyvault:Vault": 1,
  "managedidentity:UserAssignedIdentity": 2,
  "monitor:DiagnosticSetting": 5,
  "operationalinsights:Workspace": 1,
  "resources:ResourceGroup": 1,
  "storage:BlobContainer": 5,
  "storage:BlobServiceProperties": 1,
  "storage:StorageAccount": 1,
};
const GRANTS = [
  "backend: AcrPull on registries/devfactory",
  "backend: Key Vault Secrets User on vaults/kv-momentloop-dev",
  ...["exports", "styled", "thumbnails", "uploads", "videos"].map(
    (container) => `backend: Storage Blob Data Contributor on containers/${container}`,
  ),
  "frontend: AcrPull on registries/devfactory",
];
/** What the database's rights and its open firewall in dev break, and the public registry; as in every app. */
const BROKEN = ["CR03 images-registry", "PG02 backend-to-db-db-postgres", "PG02 db-server", "PG04 db-azure-services"];

/** The sizes that the requirement's table names. */
function sizesOf(plan: BlueprintPlan) {
  const app = (name: string) => {
    const { containers, scale } = inputsOf(plan, `${name}-app`).template as {
      containers: readonly [{ resources: { cpu: number; memory: string } }];
      scale: { minReplicas: number; maxReplicas: number };
    };
    const { cpu, memory } = containers[0].resources;
    return `${cpu}/${memory} ${scale.minReplicas}-${scale.maxReplicas}`;
  };
  const server = inputsOf(plan, "db-server");
  const { storageSizeGB } = server.storage as { storageSizeGB: number };
  return {
    database: [server.sku, server.highAvailability, storageSizeGB],
    frontend: app("frontend"),
    backend: app("backend"),
    blobs: inputsOf(plan, "media-account")?.sku,
    registry: inputsOf(plan, "images-registry")?.sku,
  };
}

it.each([
  [
    "minimum",
    {
      database: [{ name: "Standard_B1ms", tier: "Burstable" }, { mode: "Disabled", standbyAvailabilityZone: "" }, 32],
      frontend: "0.25/0.5Gi 0-2",
      backend: "0.25/0.5Gi 0-3",
      blobs: { name: "Standard_LRS" },
      registry: { name: "Basic" },
    },
  ],
  [
    "scale-up",
    {
      database: [
        { name: "Standard_D2s_v3", tier: "GeneralPurpose" },
        { mode: "ZoneRedundant", standbyAvailabilityZone: "" },
        32,
      ],
      frontend: "0.5/1Gi 1-5",
      backend: "1/2Gi 1-10",
      blobs: { name: "Standard_GRS" },
      registry: { name: "Standard" },
    },
  ],
])("preset %s: the table's sizes, the same resources, grants and broken rules", async (preset, sizes) => {
  const plan = await planBlueprint("moment-loop", { preset });
  expect(sizesOf(plan)).toEqual(sizes);
  expect(countsOf(plan)).toEqual(COUNTS);
  expect(grantsOf(plan)).toEqual(GRANTS);
  expect(failuresOf(plan)).toEqual(BROKEN);
});

it("minimum is the preset of a deployment that names none", async () => {
  const [named, none] = [await planBlueprint("moment-loop", { preset: "minimum" }), await planBlueprint("moment-loop")];
  expect(none.resources).toEqual(named.resources);
});

const MIN_ONE = { services: { frontend: { scale: { min: 1 } }, backend: { scale: { min: 1 } } }, resources: {} };
const PREMIUM = { services: {}, resources: { images: { sku: "Premium" } } };
const active = (share: number) => ({
  version: "0.1" as const,
  resource_usage: { "frontend-app": { active_share: share }, "backend-app": { active_share: share } },
});

it.each([
  ["at zero, as the table's 21.14", {}, 0, "21.1408"],
  ["one replica each, idle, as the table's 31.35", { sizes: MIN_ONE }, 0, "31.3468"],
  ["one replica each, always active, as the table's 55.16", { sizes: MIN_ONE }, 1, "55.1608"],
  ["scale-up idle: the table's 321.10 and 0.08 of blobs and vault", { preset: "scale-up" }, 0, "321.1738"],
  ["scale-up busy: the table's 430.10 and 0.08", { preset: "scale-up", sizes: PREMIUM }, 1, "430.1758"],
])("a month costs, %s", async (_, change, share, usd) => {
  const plan = await planBlueprint("moment-loop", change);
  expect(costOf("moment-loop", plan, active(share))).toEqual({ usd, unpriced: 0, unsupported: {} });
});

it("an image that its own delivery pushed is pulled from its own registry, with no right on the platform's", async () => {
  const plan = await planBlueprint("moment-loop", { registryLoginServer: "elsewhere.azurecr.io" });
  expect(grantsOf(plan).filter((grant) => grant.includes("AcrPull"))).toEqual([
    "backend: AcrPull on registries/crmomentloopdev",
    "frontend: AcrPull on registries/crmomentloopdev",
  ]);
});

/** What ARM says of the sizes, and of doors without a token. */
function storedIn({ azure }: Target) {
  const [server] = azure.resources("Microsoft.DBforPostgreSQL/flexibleServers");
  const [account] = azure.resources("Microsoft.Storage/storageAccounts");
  const [registry] = azure
    .resources("Microsoft.ContainerRegistry/registries")
    .filter(({ name }) => name !== "crplatform");
  const { highAvailability, authConfig } = server?.properties ?? {};
  return {
    sizes: [
      server?.sku?.name,
      (highAvailability as { mode?: string } | undefined)?.mode,
      account?.sku?.name,
      registry?.sku?.name,
    ],
    passwords: (authConfig as { passwordAuth?: string } | undefined)?.passwordAuth,
    keys: account?.properties.allowSharedKeyAccess,
    blobs: (account?.properties.primaryEndpoints as { blob?: string } | undefined)?.blob,
  };
}
const MINIMUM = ["Standard_B1ms", "Disabled", "Standard_LRS", "Basic"];
const SCALE_UP = ["Standard_D2s_v3", "ZoneRedundant", "Standard_GRS", "Standard"];

let target: Target;
beforeAll(async () => {
  target = await openTarget();
}, 120_000);
afterAll(() => target.stop());

/** What another preset changes, each in place: the sizes of the table and nothing else. */
const RESIZED = ["backend-app", "db-server", "frontend-app", "images-registry", "media-account"];

it("dev, minimum: judged, made, answering, resized to scale-up and back in place, gone after destroy", async () => {
  const before = await target.inventory();
  const stack = await target.open("moment-loop", "dev");
  const first = await stack.preview();
  const waived = ["CR03 images-registry", "PG04 db-azure-services"];
  expect([first.fail, first.waived, first.changes.length]).toEqual([[], waived, 39]);
  await stack.up();
  expect(await stack.health()).toEqual({ frontend: 200, backend: 200 });
  await stack.up("--expect-no-changes");
  const { sizes, passwords, keys, blobs } = storedIn(target);
  expect([sizes, passwords, keys]).toEqual([MINIMUM, "Disabled", false]);
  const anonymous = ["uploads", "styled", "videos", "exports", "thumbnails"].map((name) => `${blobs}${name}/photo.jpg`);
  expect(await askOutside(target.azure.env, anonymous)).toEqual([401, 401, 401, 401, 401]);
  await stack.configure({ preset: "scale-up" });
  const larger = await stack.preview();
  expect([larger.fail, larger.unknown, larger.changes]).toEqual([[], [], RESIZED.map((name) => `update ${name}`)]);
  await stack.up();
  expect([storedIn(target).sizes, await stack.replicas()]).toEqual([SCALE_UP, { frontend: 1, backend: 1 }]);
  await stack.configure({ preset: "minimum" });
  expect((await stack.preview()).changes).toEqual(RESIZED.map((name) => `update ${name}`));
  expect(await stack.destroy()).toEqual([]);
  expect(await target.inventory()).toEqual(before);
}, 300_000);

long(
  "production, scale-up: judged, made, answering twice, unchanged on a second up, gone after destroy",
  async () => {
    const before = await target.inventory();
    const stack = await target.open("moment-loop", "production", { preset: "scale-up" });
    const first = await stack.preview();
    const waived = ["CE04 environment-environment", "CR03 images-registry"];
    expect([first.fail, first.waived, first.changes.length]).toEqual([[], waived, 57]);
    await stack.up();
    const running = [await stack.health(), await stack.replicas()];
    expect(running).toEqual([
      { frontend: 200, backend: 200 },
      { frontend: 2, backend: 2 },
    ]);
    const { sizes, passwords, keys, blobs } = storedIn(target);
    expect([sizes, passwords, keys]).toEqual([SCALE_UP, "Disabled", false]);
    expect(await askOutside(target.azure.env, [`${blobs}uploads/photo.jpg`])).toEqual([403]);
    expect(await stack.preview()).toMatchObject({ fail: [], unknown: [], waived, changes: [] });
    await stack.up("--expect-no-changes");
    expect(await stack.destroy()).toEqual([]);
    expect(await target.inventory()).toEqual(before);
  },
  300_000,
);
