import { AuthorizationManagementClient } from "@azure/arm-authorization";
import { ManagedServiceIdentityClient } from "@azure/arm-msi";
import { ResourceManagementClient } from "@azure/arm-resources";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cloud, startCloud } from "./testing/cloud.ts";

const READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7";

let cloud: Cloud;
let resources: ResourceManagementClient;

beforeAll(async () => {
  cloud = await startCloud();
  resources = new ResourceManagementClient(cloud.credential, cloud.house.seeds.subscriptionId, {
    endpoint: cloud.house.arm.url,
  });
});

afterAll(() => cloud[Symbol.asyncDispose]());

describe("the unmodified clients", () => {
  it("arm-resources makes, finds, lists, tags and removes a group", async () => {
    const made = await resources.resourceGroups.createOrUpdate("rg-one", { location: "West Europe", tags: { a: "1" } });
    expect(made).toMatchObject({ name: "rg-one", location: "westeurope", tags: { a: "1" } });
    expect(made.properties?.provisioningState).toBe("Succeeded");
    expect(await resources.resourceGroups.checkExistence("RG-ONE")).toMatchObject({ body: true });
    expect((await resources.resourceGroups.update("rg-one", { tags: { b: "2" } })).tags).toEqual({ a: "1", b: "2" });
    const names: (string | undefined)[] = [];
    for await (const group of resources.resourceGroups.list()) names.push(group.name);
    expect(names).toContain("rg-one");
    await resources.resourceGroups.beginDeleteAndWait("rg-one");
    expect(await resources.resourceGroups.checkExistence("rg-one")).toMatchObject({ body: false });
  });

  it("arm-resources sees every namespace as registered", async () => {
    expect((await resources.providers.get("Microsoft.App")).registrationState).toBe("Registered");
    expect((await resources.providers.register("Microsoft.App")).registrationState).toBe("Registered");
  });

  it("arm-msi makes an identity whose principal the directory knows", async () => {
    await resources.resourceGroups.createOrUpdate("rg-msi", { location: "westeurope" });
    const msi = new ManagedServiceIdentityClient(cloud.credential, cloud.house.seeds.subscriptionId, {
      endpoint: cloud.house.arm.url,
    });
    const made = await msi.userAssignedIdentities.createOrUpdate("rg-msi", "id-one", { location: "westeurope" });
    expect(made.tenantId).toBe(cloud.house.seeds.developer.tenantId);
    const again = await msi.userAssignedIdentities.createOrUpdate("rg-msi", "id-one", { location: "westeurope" });
    expect([again.principalId, again.clientId]).toEqual([made.principalId, made.clientId]);
    await msi.userAssignedIdentities.delete("rg-msi", "id-one");
  });

  it("arm-authorization assigns, finds and removes a role", async () => {
    const roles = new AuthorizationManagementClient(cloud.credential, cloud.house.seeds.subscriptionId, {
      endpoint: cloud.house.arm.url,
    });
    const { objectId } = await cloud.stranger("reader");
    const name = crypto.randomUUID();
    const roleDefinitionId = `${cloud.subscription}/providers/Microsoft.Authorization/roleDefinitions/${READER}`;
    const made = await roles.roleAssignments.create(cloud.subscription, name, {
      principalId: objectId,
      roleDefinitionId,
    });
    expect(made).toMatchObject({ principalId: objectId, principalType: "ServicePrincipal", scope: cloud.subscription });
    const found: (string | undefined)[] = [];
    for await (const each of roles.roleAssignments.listForScope(cloud.subscription, {
      filter: `principalId eq '${objectId}'`,
    })) {
      found.push(each.name);
    }
    expect(found).toEqual([name]);
    await roles.roleAssignments.delete(cloud.subscription, name);
    await roles.roleAssignments.delete(cloud.subscription, name);
    expect((await roles.roleDefinitions.getById(roleDefinitionId)).roleName).toBe("Reader");
  });
});

describe("the order of checks", () => {
  const group = (name: string) => `${cloud.subscription}/resourceGroups/${name}`;
  const identity = (name: string, id = "x") =>
    `${group(name)}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${id}`;

  it.each([
    ["no token", () => cloud.call("GET", group("a"), undefined, { Authorization: "" }), 401, "AuthenticationFailed"],
    [
      "a bad token",
      () => cloud.call("GET", group("a"), undefined, { Authorization: "Bearer x.y.z" }),
      401,
      "AuthenticationFailed",
    ],
    [
      "an unknown subscription",
      () => cloud.call("GET", `/subscriptions/${READER}/resourceGroups/a`),
      404,
      "SubscriptionNotFound",
    ],
    ["an unknown group", () => cloud.call("GET", group("absent")), 404, "ResourceGroupNotFound"],
    [
      "a resource in an unknown group",
      () => cloud.call("PUT", identity("absent"), { location: "eastus" }),
      404,
      "ResourceGroupNotFound",
    ],
    ["an unknown resource", () => cloud.call("GET", identity("rg-msi", "absent")), 404, "ResourceNotFound"],
    [
      "a child without its parent",
      () => cloud.call("PUT", `${identity("rg-msi", "absent")}/federatedIdentityCredentials/y`, {}),
      404,
      "ParentResourceNotFound",
    ],
    [
      "a type that is not emulated",
      () => cloud.call("GET", `${group("rg-msi")}/providers/Microsoft.Quantum/workspaces/w`),
      501,
      "NotEmulated",
    ],
    ["a body that is no object", () => cloud.call("PUT", group("a"), [1]), 400, "InvalidRequestContent"],
    ["no location", () => cloud.call("PUT", group("a"), {}), 400, "LocationRequired"],
  ] as const)("%s", async (_, ask, status, code) => {
    const answer = await ask();
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
    if (status === 401)
      expect(answer.headers.get("www-authenticate")).toContain(`authorization_uri="${cloud.house.authority}/`);
  });

  it("a missing and a malformed api-version", async () => {
    const { token } = await cloud.credential.getToken("https://management.azure.com/.default");
    const ask = async (query: string) => {
      const answer = await fetch(`${cloud.house.arm.url}${cloud.subscription}${query}`, {
        headers: { Authorization: `Bearer ${token}` },
      });
      return ((await answer.json()) as { error: { code: string } }).error.code;
    };
    expect(await ask("")).toBe("MissingApiVersionParameter");
    expect(await ask("?api-version=new")).toBe("InvalidApiVersionParameter");
  });

  it("a caller without a role, and a token for another audience", async () => {
    const { headers } = await cloud.stranger("nobody");
    const refused = await cloud.call("PUT", group("rg-other"), { location: "eastus" }, headers);
    expect([refused.status, refused.body.error.code]).toEqual([403, "AuthorizationFailed"]);
    const { token } = await cloud.credential.getToken("https://vault.azure.net/.default");
    expect((await cloud.call("GET", group("rg-msi"), undefined, { Authorization: `Bearer ${token}` })).status).toBe(
      401,
    );
  });

  it("another region is refused, the same one in other words is not", async () => {
    await cloud.call("PUT", group("rg-region"), { location: "westeurope" });
    const moved = await cloud.call("PUT", group("rg-region"), { location: "eastus" });
    expect([moved.status, moved.body.error.code]).toEqual([409, "InvalidResourceGroupLocation"]);
    expect((await cloud.call("PUT", group("RG-Region"), { location: "West Europe" })).body.id).toBe(group("rg-region"));
  });

  it("entity tags: a stale one is 412, the current one passes, If-None-Match keeps what is there", async () => {
    const first = await cloud.call("PUT", identity("rg-msi", "tagged"), { location: "westeurope" });
    const etag = first.headers.get("etag") ?? "";
    const put = (headers: Readonly<Record<string, string>>) =>
      cloud.call("PUT", identity("rg-msi", "tagged"), { location: "westeurope", tags: { n: "1" } }, headers);
    expect((await put({ "If-None-Match": "*" })).status).toBe(412);
    expect((await put({ "If-Match": etag })).status).toBe(200);
    expect((await put({ "If-Match": etag })).body.error.code).toBe("PreconditionFailed");
  });
});

describe("lists", () => {
  it("follow nextLink, page by page", async () => {
    await cloud.call("PUT", `${cloud.subscription}/resourceGroups/rg-pages`, { location: "westeurope" });
    const base = `${cloud.subscription}/resourceGroups/rg-pages/providers/Microsoft.Insights/actionGroups`;
    for (const name of ["a", "b", "c", "d", "e"]) await cloud.call("PUT", `${base}/${name}`, { location: "global" });
    const first = await cloud.call("GET", `${base}?$top=2`);
    expect(first.body.value.map((each: { name: string }) => each.name)).toEqual(["a", "b"]);
    const next = new URL(first.body.nextLink);
    const { token } = await cloud.credential.getToken("https://management.azure.com/.default");
    const second = await fetch(next, { headers: { Authorization: `Bearer ${token}` } });
    expect(((await second.json()) as { value: { name: string }[] }).value.map((each) => each.name)).toEqual(["c", "d"]);
  });

  it("resource groups by tag", async () => {
    await cloud.call("PUT", `${cloud.subscription}/resourceGroups/rg-tagged`, {
      location: "eastus",
      tags: { app: "a1" },
    });
    const filter = encodeURIComponent("tagName eq 'app' and tagValue eq 'a1'");
    const answer = await cloud.call("GET", `${cloud.subscription}/resourcegroups?$filter=${filter}`);
    expect(answer.body.value.map((each: { name: string }) => each.name)).toEqual(["rg-tagged"]);
  });

  it("resources of a group by type and tag, and none of what the caller may not read", async () => {
    const list = async (filter: string, headers = {}) => {
      const answer = await cloud.call(
        "GET",
        `${cloud.subscription}/resources?$filter=${encodeURIComponent(filter)}`,
        undefined,
        headers,
      );
      return answer.body.value.map((each: { name: string }) => each.name);
    };
    expect(await list("resourceType eq 'microsoft.insights/actiongroups' and name eq 'b'")).toEqual(["b"]);
    expect(
      await list("resourceType eq 'Microsoft.Insights/actionGroups'", (await cloud.stranger("s")).headers),
    ).toEqual([]);
  });
});

describe("locks", () => {
  it("stop what they forbid until they are gone", async () => {
    const group = `${cloud.subscription}/resourceGroups/rg-locked`;
    const lock = `${group}/providers/Microsoft.Authorization/locks/keep`;
    const alert = `${group}/providers/Microsoft.Insights/actionGroups/a`;
    await cloud.call("PUT", group, { location: "westeurope" });
    await cloud.call("PUT", alert, { location: "global" });
    await cloud.call("PUT", lock, { properties: { level: "CanNotDelete" } });
    expect((await cloud.call("DELETE", alert)).body.error.code).toBe("ScopeLocked");
    expect((await cloud.call("DELETE", group)).status).toBe(409);
    expect((await cloud.call("PUT", alert, { location: "global", tags: { a: "1" } })).status).toBe(200);
    await cloud.call("PUT", lock, { properties: { level: "ReadOnly" } });
    expect((await cloud.call("PUT", alert, { location: "global" })).status).toBe(409);
    expect((await cloud.call("DELETE", lock)).status).toBe(200);
    expect((await cloud.call("DELETE", group)).status).toBe(200);
  });
});

it("tags of any scope can be merged and cleared", async () => {
  const scope = `${cloud.subscription}/resourceGroups/rg-msi/providers/Microsoft.Resources/tags/default`;
  await cloud.call("PUT", scope, { properties: { tags: { a: "1", b: "2" } } });
  const merged = await cloud.call("PATCH", scope, { operation: "Merge", properties: { tags: { b: "3" } } });
  expect(merged.body.properties.tags).toEqual({ a: "1", b: "3" });
  const less = await cloud.call("PATCH", scope, { operation: "Delete", properties: { tags: { a: "" } } });
  expect(less.body.properties.tags).toEqual({ b: "3" });
  expect((await cloud.call("GET", `${cloud.subscription}/resourceGroups/rg-msi`)).body.tags).toEqual({ b: "3" });
});

it("a client waits as Retry-After says when ARM is busy", async () => {
  cloud.faults.add({ path: "/resourcegroups/rg-msi", status: 429, retryAfterSeconds: 0 });
  expect((await resources.resourceGroups.get("rg-msi")).name).toBe("rg-msi");
});
