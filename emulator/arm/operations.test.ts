import { afterEach, describe, expect, it } from "vitest";
import { ArmError, type Json, type ResourceHooks } from "../core/resources.ts";
import { type Cloud, startCloud } from "./testing/cloud.ts";

const ENVIRONMENT = "Microsoft.App/managedEnvironments";
const APP = "Microsoft.App/containerApps";

let cloud: Cloud;
afterEach(() => cloud[Symbol.asyncDispose]());

async function withGroup(hooks: readonly ResourceHooks[], dataDir?: string): Promise<string> {
  cloud = await startCloud(hooks, dataDir);
  const group = `${cloud.subscription}/resourceGroups/rg`;
  await cloud.call("PUT", group, { location: "westeurope" });
  return `${group}/providers`;
}

/** GETs a link that ARM gave. */
async function follow(link: string | null) {
  const { pathname } = new URL(link ?? "");
  return cloud.call("GET", pathname);
}

async function until<T>(ask: () => Promise<T>, good: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await ask();
    if (good(value)) return value;
  }
}

describe("long-running operations", () => {
  it("a slow PUT answers 201 with its operation, which ends with the service's properties", async () => {
    const gate = Promise.withResolvers<Json>();
    const at = await withGroup([{ type: ENVIRONMENT, put: () => gate.promise }]);
    const accepted = await cloud.call("PUT", `${at}/${ENVIRONMENT}/env`, { location: "westeurope", properties: {} });
    expect([accepted.status, accepted.body.properties.provisioningState, accepted.headers.get("retry-after")]).toEqual([
      201,
      "Creating",
      "0",
    ]);
    const operation = accepted.headers.get("azure-asyncoperation");
    expect((await follow(operation)).body.status).toBe("InProgress");
    gate.resolve({ defaultDomain: "localhost" });
    const ended = await until(
      () => follow(operation),
      ({ body }) => body.status !== "InProgress",
    );
    expect(ended.body.status).toBe("Succeeded");
    const { body } = await cloud.call("GET", `${at}/${ENVIRONMENT}/env`);
    expect(body.properties).toEqual({ defaultDomain: "localhost", provisioningState: "Succeeded" });
  });

  it("a failure after the answer is the operation's, and the resource stays as Failed", async () => {
    const gate = Promise.withResolvers<Json>();
    const at = await withGroup([{ type: ENVIRONMENT, put: () => gate.promise }]);
    const accepted = await cloud.call("PUT", `${at}/${ENVIRONMENT}/env`, { location: "westeurope" });
    gate.reject(new ArmError(400, "NoQuota", "There is no room."));
    const ended = await until(
      () => follow(accepted.headers.get("azure-asyncoperation")),
      ({ body }) => body.status !== "InProgress",
    );
    expect([ended.status, ended.body.status, ended.body.error]).toEqual([
      200,
      "Failed",
      { code: "NoQuota", message: "There is no room." },
    ]);
    expect((await cloud.call("GET", `${at}/${ENVIRONMENT}/env`)).body.properties.provisioningState).toBe("Failed");
  });

  it("a refusal at once is the answer, and nothing is left", async () => {
    const refuse = async () => Promise.reject(new ArmError(400, "NoQuota", "There is no room."));
    const at = await withGroup([{ type: ENVIRONMENT, put: refuse }]);
    const refused = await cloud.call("PUT", `${at}/${ENVIRONMENT}/env`, { location: "westeurope" });
    expect([refused.status, refused.body.error.code]).toEqual([400, "NoQuota"]);
    expect((await cloud.call("GET", `${at}/${ENVIRONMENT}/env`)).status).toBe(404);
  });

  it("storage accounts are followed by Location alone", async () => {
    const gate = Promise.withResolvers<Json>();
    const at = await withGroup([{ type: "Microsoft.Storage/storageAccounts", put: () => gate.promise }]);
    const url = `${at}/Microsoft.Storage/storageAccounts/stone`;
    const accepted = await cloud.call("PUT", url, {
      location: "westeurope",
      sku: { name: "Standard_LRS" },
      kind: "StorageV2",
    });
    expect([accepted.status, accepted.headers.has("azure-asyncoperation")]).toEqual([202, false]);
    expect((await follow(accepted.headers.get("location"))).status).toBe(202);
    gate.resolve({ primaryEndpoints: { blob: "https://localhost:1/stone/" } });
    const made = await until(
      () => follow(accepted.headers.get("location")),
      ({ status }) => status !== 202,
    );
    expect([made.status, made.body.properties.primaryEndpoints.blob]).toEqual([200, "https://localhost:1/stone/"]);
  });

  it("a second PUT while the first one runs is refused", async () => {
    const gate = Promise.withResolvers<Json>();
    const at = await withGroup([{ type: ENVIRONMENT, put: () => gate.promise }]);
    await cloud.call("PUT", `${at}/${ENVIRONMENT}/env`, { location: "westeurope" });
    const second = await cloud.call("PUT", `${at}/${ENVIRONMENT}/env`, { location: "westeurope" });
    expect([second.status, second.body.error.code]).toEqual([409, "AnotherOperationInProgress"]);
    gate.resolve({});
  });

  it("an operation that a stop interrupted runs again at the next start", async () => {
    const at = await withGroup([{ type: ENVIRONMENT, put: () => new Promise<Json>(() => {}) }]);
    const accepted = await cloud.call("PUT", `${at}/${ENVIRONMENT}/env`, { location: "westeurope", tags: { a: "1" } });
    const { dataDir } = cloud;
    await cloud.close();
    const seen: unknown[] = [];
    const put: ResourceHooks["put"] = async ({ desired, existing }) => {
      seen.push([desired.tags, existing]);
      return { defaultDomain: "again" };
    };
    cloud = await startCloud([{ type: ENVIRONMENT, put }], dataDir);
    const ended = await until(
      () => follow(accepted.headers.get("azure-asyncoperation")),
      ({ body }) => body.status !== "InProgress",
    );
    expect([ended.body.status, seen]).toEqual(["Succeeded", [[{ a: "1" }, undefined]]]);
  });

  it("a slow action is followed by Location to its answer", async () => {
    const gate = Promise.withResolvers<void>();
    const start = async () => {
      await gate.promise;
      return { body: { name: "run-1" } };
    };
    const at = await withGroup([{ type: "Microsoft.App/jobs", actions: { start } }]);
    await cloud.call("PUT", `${at}/Microsoft.App/jobs/job`, { location: "westeurope" });
    const accepted = await cloud.call("POST", `${at}/Microsoft.App/jobs/job/start`, {});
    expect(accepted.status).toBe(202);
    gate.resolve();
    const ended = await until(
      () => follow(accepted.headers.get("location")),
      ({ status }) => status !== 202,
    );
    expect([ended.status, ended.body]).toEqual([200, { name: "run-1" }]);
  });
});

describe("properties", () => {
  it("what the service sets lies over the client's wish and goes when the wish around it goes", async () => {
    const put: ResourceHooks["put"] = async ({ desired }) => {
      const { configuration } = desired.properties as { configuration?: { ingress?: object } };
      return configuration?.ingress
        ? { configuration: { ingress: { fqdn: "localhost:1" } }, latestRevisionName: "r" }
        : undefined;
    };
    const at = await withGroup([{ type: APP, put }]);
    const url = `${at}/${APP}/app`;
    const ingress = { external: true };
    const first = await cloud.call("PUT", url, { location: "westeurope", properties: { configuration: { ingress } } });
    expect(first.body.properties.configuration.ingress).toEqual({ external: true, fqdn: "localhost:1" });
    const second = await cloud.call("PUT", url, { location: "westeurope", properties: { configuration: {} } });
    expect(second.body.properties).toEqual({
      configuration: {},
      latestRevisionName: "r",
      provisioningState: "Succeeded",
    });
  });

  it("secrets are never shown, and a PUT that leaves them out keeps them", async () => {
    const values: unknown[] = [];
    const put: ResourceHooks["put"] = async ({ desired }) => {
      values.push(desired.properties.configuration);
      return undefined;
    };
    const at = await withGroup([{ type: APP, put }]);
    const url = `${at}/${APP}/app`;
    const secrets = [{ name: "key", value: "hidden" }];
    const made = await cloud.call("PUT", url, { location: "westeurope", properties: { configuration: { secrets } } });
    expect(made.body.properties.configuration.secrets).toEqual([{ name: "key" }]);
    await cloud.call("PUT", url, {
      location: "westeurope",
      properties: { configuration: { secrets: [{ name: "key" }] } },
    });
    expect(values).toEqual([{ secrets }, { secrets }]);
  });

  it("states that a service reads live are laid over, and types that it keeps are listed by it", async () => {
    const items = (parent: string) => [
      {
        id: `${parent}/executions/e1`,
        name: "e1",
        type: "Microsoft.App/jobs/executions",
        properties: { status: "Running" },
      },
    ];
    const at = await withGroup([
      { type: "Microsoft.App/jobs", read: () => ({ runningStatus: "Ready" }) },
      { type: "Microsoft.App/jobs/executions", list: items },
    ]);
    await cloud.call("PUT", `${at}/Microsoft.App/jobs/job`, { location: "westeurope" });
    expect((await cloud.call("GET", `${at}/Microsoft.App/jobs/job`)).body.properties.runningStatus).toBe("Ready");
    expect((await cloud.call("GET", `${at}/Microsoft.App/jobs/job/executions`)).body.value).toHaveLength(1);
    expect((await cloud.call("GET", `${at}/Microsoft.App/jobs/job/executions/e1`)).body.properties.status).toBe(
      "Running",
    );
    expect((await cloud.call("PUT", `${at}/Microsoft.App/jobs/job/executions/e1`, {})).status).toBe(405);
  });
});

describe("deletion", () => {
  it("a group takes everything along, dependants first", async () => {
    const gone: string[] = [];
    const note = (type: string): ResourceHooks => ({ type, delete: async ({ name }) => void gone.push(name) });
    const at = await withGroup([
      note(APP),
      note(ENVIRONMENT),
      note(`${ENVIRONMENT}/storages`),
      note("Microsoft.OperationalInsights/workspaces"),
    ]);
    const workspace = `${at}/Microsoft.OperationalInsights/workspaces/logs`;
    const environment = `${at}/${ENVIRONMENT}/env`;
    await cloud.call("PUT", workspace, { location: "westeurope" });
    await cloud.call("PUT", environment, { location: "westeurope", properties: { workspaceId: workspace } });
    await cloud.call("PUT", `${environment}/storages/files`, { properties: {} });
    await cloud.call("PUT", `${at}/${APP}/app`, {
      location: "westeurope",
      properties: { environmentId: environment.toUpperCase() },
    });
    expect((await cloud.call("DELETE", `${cloud.subscription}/resourceGroups/rg`)).status).toBe(200);
    expect([gone.slice(0, 2).toSorted(), gone.slice(2)]).toEqual([
      ["app", "files"],
      ["env", "logs"],
    ]);
    expect((await cloud.call("GET", workspace)).body.error.code).toBe("ResourceGroupNotFound");
  });

  it("a slow deletion is 202 until it ended, then 204", async () => {
    const gate = Promise.withResolvers<void>();
    const at = await withGroup([{ type: ENVIRONMENT, delete: () => gate.promise }]);
    await cloud.call("PUT", `${at}/${ENVIRONMENT}/env`, { location: "westeurope" });
    const accepted = await cloud.call("DELETE", `${at}/${ENVIRONMENT}/env`);
    expect(accepted.status).toBe(202);
    expect((await cloud.call("GET", `${at}/${ENVIRONMENT}/env`)).body.properties.provisioningState).toBe("Deleting");
    gate.resolve();
    const ended = await until(
      () => follow(accepted.headers.get("location")),
      ({ status }) => status !== 202,
    );
    expect(ended.status).toBe(204);
  });

  it("a group waits for what is still being made in it", async () => {
    const gate = Promise.withResolvers<Json>();
    const events: string[] = [];
    const put: ResourceHooks["put"] = async () => {
      await gate.promise;
      events.push("made");
      return {};
    };
    const at = await withGroup([{ type: ENVIRONMENT, put, delete: async () => void events.push("gone") }]);
    await cloud.call("PUT", `${at}/${ENVIRONMENT}/env`, { location: "westeurope" });
    const accepted = await cloud.call("DELETE", `${cloud.subscription}/resourceGroups/rg`);
    expect([accepted.status, events]).toEqual([202, []]);
    gate.resolve({});
    await until(
      () => follow(accepted.headers.get("location")),
      ({ status }) => status !== 202,
    );
    expect(events).toEqual(["made", "gone"]);
  });

  it("a soft-deleted name is held, listed, recovered and purged", async () => {
    const purged: string[] = [];
    const vault: ResourceHooks = {
      type: "Microsoft.KeyVault/vaults",
      delete: async () => {},
      purge: async ({ name }) => void purged.push(name),
    };
    const at = await withGroup([vault]);
    const url = `${at}/Microsoft.KeyVault/vaults/kv-one`;
    const body = (extra: Json = {}) => ({ location: "westeurope", properties: { sku: {}, ...extra } });
    await cloud.call("PUT", url, body());
    expect((await cloud.call("DELETE", url)).status).toBe(200);
    expect((await cloud.call("PUT", url, body())).body.error.code).toBe("ConflictError");
    const check = () =>
      cloud.call("POST", `${cloud.subscription}/providers/Microsoft.KeyVault/checkNameAvailability`, {
        name: "kv-one",
        type: "Microsoft.KeyVault/vaults",
      });
    expect((await check()).body).toMatchObject({ nameAvailable: false, reason: "AlreadyExists" });
    expect((await cloud.call("PUT", url, body({ createMode: "recover" }))).status).toBe(201);
    await cloud.call("DELETE", url);
    const deleted = `${cloud.subscription}/providers/Microsoft.KeyVault/locations/westeurope/deletedVaults/kv-one`;
    expect((await cloud.call("GET", deleted)).body.properties.vaultId).toBe(url);
    expect((await cloud.call("POST", `${deleted}/purge`)).status).toBe(200);
    expect([purged, (await check()).body.nameAvailable]).toEqual([["kv-one"], true]);
  });
});
