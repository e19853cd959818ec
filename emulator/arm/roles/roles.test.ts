import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { directoryOf } from "../../services/entra/directory.ts";
import { type Cloud, startCloud } from "../testing/cloud.ts";
import { actionPattern } from "./access.ts";
import { BUILT_IN_ROLES } from "./builtIn.ts";
import { conditionHolds } from "./condition.ts";

const READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c";
const RBAC_ADMIN = "f58310d9-a9f6-439a-9e8d-f62e7b41a168";
const SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6";
const GET_SECRET = "Microsoft.KeyVault/vaults/secrets/getSecret/action";

let cloud: Cloud;
let group: string;
let vault: string;

beforeAll(async () => {
  cloud = await startCloud();
  group = `${cloud.subscription}/resourceGroups/rg`;
  vault = `${group}/providers/Microsoft.KeyVault/vaults/kv-a`;
  await cloud.call("PUT", group, { location: "westeurope" });
});

afterAll(() => cloud[Symbol.asyncDispose]());

function assign(
  scope: string,
  principalId: string,
  role: string,
  more: object = {},
  as: Readonly<Record<string, string>> = {},
) {
  const { name = crypto.randomUUID(), ...properties } = more as { name?: string };
  const roleDefinitionId = `${cloud.subscription}/providers/Microsoft.Authorization/roleDefinitions/${role}`;
  const id = `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}`;
  return cloud.call("PUT", id, { properties: { principalId, roleDefinitionId, ...properties } }, as);
}

function callerOf(objectId: string) {
  return { objectId, tenantId: "t", clientId: objectId, kind: "app", audience: "", groups: [], claims: {} } as const;
}

describe("assignments are refused as documented", () => {
  it.each([
    [
      "a name that is no GUID",
      (who: string) => assign(group, who, READER, { name: "mine" }),
      400,
      "InvalidRoleAssignmentId",
    ],
    [
      "an unknown role",
      (who: string) => assign(group, who, "11111111-2222-4333-8444-555555555555"),
      404,
      "RoleDefinitionDoesNotExist",
    ],
    ["an unknown principal", () => assign(group, crypto.randomUUID(), READER), 400, "PrincipalNotFound"],
    [
      "a principal of another type",
      (who: string) => assign(group, who, READER, { principalType: "User" }),
      400,
      "UnmatchedPrincipalType",
    ],
  ] as const)("%s", async (_, ask, status, code) => {
    const { objectId } = await cloud.stranger("x");
    const answer = await ask(objectId);
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
  });

  it("the same again is the same; another name or another role is a conflict", async () => {
    const { objectId } = await cloud.stranger("x");
    const name = crypto.randomUUID();
    expect((await assign(group, objectId, READER, { name })).status).toBe(201);
    expect((await assign(group, objectId, READER, { name })).status).toBe(200);
    expect((await assign(group, objectId, READER)).body.error.code).toBe("RoleAssignmentExists");
    expect((await assign(group, objectId, CONTRIBUTOR, { name })).body.error.code).toBe(
      "RoleAssignmentUpdateNotPermitted",
    );
  });

  it("a principal that the directory does not know yet is taken when its type is told", async () => {
    expect((await assign(group, crypto.randomUUID(), READER, { principalType: "ServicePrincipal" })).status).toBe(201);
  });
});

describe("what roles allow", () => {
  it("a Reader reads below the scope and writes nothing; revoked, it reads nothing", async () => {
    const { objectId, headers } = await cloud.stranger("reader");
    const { body } = await assign(group, objectId, READER);
    expect((await cloud.call("GET", group, undefined, headers)).status).toBe(200);
    expect((await cloud.call("PUT", group, { location: "westeurope" }, headers)).body.error.code).toBe(
      "AuthorizationFailed",
    );
    await cloud.call("DELETE", body.id);
    expect((await cloud.call("GET", group, undefined, headers)).status).toBe(403);
  });

  it("a Contributor writes but does not assign", async () => {
    const { objectId, headers } = await cloud.stranger("contributor");
    await assign(group, objectId, CONTRIBUTOR);
    expect((await cloud.call("PUT", group, { location: "westeurope" }, headers)).status).toBe(200);
    expect((await assign(group, objectId, READER, {}, headers)).status).toBe(403);
  });

  it("an administrator of roles gives only what the condition on its own role allows", async () => {
    const { objectId, headers } = await cloud.stranger("admin");
    const condition = `((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${SECRETS_USER}, ${READER}}))`;
    await assign(group, objectId, RBAC_ADMIN, { condition, conditionVersion: "2.0" });
    const other = (await cloud.stranger("other")).objectId;
    expect((await assign(group, other, SECRETS_USER, {}, headers)).status).toBe(201);
    expect((await assign(group, other, CONTRIBUTOR, {}, headers)).status).toBe(403);
  });

  it("a data action without the action, and the other way round", async () => {
    const { access } = cloud.house.context;
    const user = (await cloud.stranger("user")).objectId;
    const reader = (await cloud.stranger("reader")).objectId;
    await assign(group, user, SECRETS_USER);
    await assign(group, reader, READER);
    expect(access.allowsData(callerOf(user), GET_SECRET, `${vault}/secrets/a`)).toBe(true);
    expect(access.allows(callerOf(user), "Microsoft.KeyVault/vaults/read", vault)).toBe(false);
    expect(access.allowsData(callerOf(reader), GET_SECRET, vault)).toBe(false);
    expect(access.allows(callerOf(reader), "Microsoft.KeyVault/vaults/read", vault)).toBe(true);
    expect(access.allowsData(callerOf(user), GET_SECRET, `${cloud.subscription}/resourceGroups/rg-other`)).toBe(false);
  });

  it("members of a group have its roles, also through another group", async () => {
    const directory = directoryOf(cloud.house.context.database);
    const { tenantId } = cloud.house.seeds.developer;
    const [inner, outer] = [crypto.randomUUID(), crypto.randomUUID()];
    for (const id of [inner, outer]) directory.save("group", tenantId, { id, displayName: id });
    const { objectId, headers } = await cloud.stranger("member");
    directory.save("member", tenantId, { id: `${inner}/${objectId}`, groupId: inner, memberId: objectId });
    directory.save("member", tenantId, { id: `${outer}/${inner}`, groupId: outer, memberId: inner });
    await assign(group, outer, READER);
    expect((await cloud.call("GET", group, undefined, headers)).status).toBe(200);
  });

  it("a custom role allows its actions without those that it excludes", async () => {
    const name = crypto.randomUUID();
    const id = `${cloud.subscription}/providers/Microsoft.Authorization/roleDefinitions/${name}`;
    const permissions = [{ actions: ["Microsoft.Insights/*"], notActions: ["Microsoft.Insights/actionGroups/delete"] }];
    const made = await cloud.call("PUT", id, {
      properties: { roleName: "Watcher", permissions, assignableScopes: [cloud.subscription] },
    });
    expect([made.status, made.body.properties.type]).toEqual([201, "CustomRole"]);
    const { objectId, headers } = await cloud.stranger("watcher");
    const { body } = await assign(group, objectId, name);
    const alert = `${group}/providers/Microsoft.Insights/actionGroups/a`;
    expect((await cloud.call("PUT", alert, { location: "global" }, headers)).status).toBe(201);
    expect((await cloud.call("DELETE", alert, undefined, headers)).status).toBe(403);
    expect((await cloud.call("DELETE", id)).body.error.code).toBe("RoleDefinitionHasAssignments");
    await cloud.call("DELETE", body.id);
    expect((await cloud.call("DELETE", id)).status).toBe(200);
  });

  it("an identity is handed to a resource only by who may assign it", async () => {
    const identity = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-a`;
    await cloud.call("PUT", identity, { location: "westeurope" });
    await cloud.call("PUT", `${cloud.subscription}/resourceGroups/rg-apps`, { location: "westeurope" });
    const { objectId, headers } = await cloud.stranger("deployer");
    await assign(`${cloud.subscription}/resourceGroups/rg-apps`, objectId, CONTRIBUTOR);
    const app = `${cloud.subscription}/resourceGroups/rg-apps/providers/Microsoft.App/jobs/job`;
    const body = {
      location: "westeurope",
      identity: { type: "UserAssigned", userAssignedIdentities: { [identity]: {} } },
    };
    expect((await cloud.call("PUT", app, body, headers)).body.error.code).toBe("LinkedAuthorizationFailed");
    await assign(identity, objectId, "f1a07417-d97a-45cb-824c-7a7467783830");
    const made = await cloud.call("PUT", app, body, headers);
    expect(made.body.identity.userAssignedIdentities[identity].principalId).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe("patterns and conditions", () => {
  it.each([
    ["Microsoft.App/jobs/*/read", "Microsoft.App/jobs/read", true],
    ["Microsoft.App/jobs/*/action", "Microsoft.App/jobs/start/action", true],
    ["Microsoft.ServiceBus/*/send/action", "Microsoft.ServiceBus/namespaces/queues/send/action", true],
    ["*/read", "Microsoft.Web/sites/read", true],
    ["*/read", "Microsoft.Web/sites/write", false],
    ["Microsoft.KeyVault/vaults/secrets/*", "microsoft.keyvault/vaults/secrets/setsecret/action", true],
    ["Microsoft.KeyVault/vaults/keys/read", "Microsoft.KeyVault/vaults/keys/readme", false],
  ])("%s and %s: %s", (pattern, action, fits) => {
    expect(actionPattern(pattern).test(action)).toBe(fits);
  });

  it("a condition on the container's name looks at the resource; an unreadable one grants nothing", () => {
    const condition = "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'logs'";
    const at = (name: string) => ({
      resourceId: `/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a/blobServices/default/containers/${name}`,
    });
    expect([conditionHolds(condition, at("logs")), conditionHolds(condition, at("jobs"))]).toEqual([true, false]);
    expect(conditionHolds("@Resource[x] Sometimes 'y'", at("logs"))).toBe(false);
    expect(conditionHolds("%%%", at("logs"))).toBe(false);
  });

  it("every built-in role has an id of its own and allows something", () => {
    expect(new Set(BUILT_IN_ROLES.map((role) => role.id)).size).toBe(BUILT_IN_ROLES.length);
    expect(BUILT_IN_ROLES.filter((role) => !role.actions?.length && !role.dataActions?.length)).toEqual([]);
    expect(BUILT_IN_ROLES.find((role) => role.name === "AcrPull")).toEqual({
      name: "AcrPull",
      id: "7f951dda-4ed3-4680-a7ca-43fe172d538d",
      actions: ["Microsoft.ContainerRegistry/registries/pull/read"],
    });
  });
});
