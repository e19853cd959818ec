import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cloud, startCloud } from "../../arm/testing/cloud.ts";
import { TestProvider } from "../testing/client.ts";
import { AzureAd } from "./logic.ts";

const APPLICATION = "azuread:index/application:Application";
const PRINCIPAL = "azuread:index/servicePrincipal:ServicePrincipal";
const PASSWORD = "azuread:index/applicationPassword:ApplicationPassword";
const URI = "azuread:index/applicationIdentifierUri:ApplicationIdentifierUri";
const FEDERATED = "azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential";
const ASSIGNMENT = "azuread:index/appRoleAssignment:AppRoleAssignment";
const GROUP = "azuread:index/group:Group";
const ROLE = {
  id: "6f1c6d3e-0f2b-4c38-9b0a-5a4b7f1d2e3f",
  value: "operator",
  displayName: "operator",
  description: "o",
  allowedMemberTypes: ["User"],
};

let cloud: Cloud;
let provider: TestProvider;

function environment(): Readonly<Record<string, string>> {
  const { tenantId, clientId, clientSecret } = cloud.house.seeds.developer;
  return {
    AZURE_AUTHORITY_HOST: cloud.house.authority,
    ARM_TENANT_ID: tenantId,
    ARM_CLIENT_ID: clientId,
    ARM_CLIENT_SECRET: clientSecret,
  };
}

async function tokenFor(clientId: string, secret: string, scope: string) {
  const form = { grant_type: "client_credentials", client_id: clientId, client_secret: secret, scope };
  const url = `${cloud.house.authority}/${cloud.house.seeds.developer.tenantId}/oauth2/v2.0/token`;
  const answer = await fetch(url, { method: "POST", body: new URLSearchParams(form) });
  return (await answer.json()) as Readonly<Record<string, string>>;
}

beforeAll(async () => {
  cloud = await startCloud();
  provider = await TestProvider.start(new AzureAd(environment()));
});

afterAll(async () => {
  await provider[Symbol.asyncDispose]();
  await cloud[Symbol.asyncDispose]();
});

describe("applications", () => {
  it("an application with principal, password, identifier and roles gets tokens with those roles", async () => {
    const inputs = { displayName: "api", api: { requestedAccessTokenVersion: 2 }, appRoles: [ROLE] };
    const api = await provider.create(APPLICATION, inputs);
    expect(api.id).toBe(`/applications/${String(api.outputs.objectId)}`);
    expect(api.outputs.appRoleIds).toEqual({ operator: ROLE.id });
    const clientId = String(api.outputs.clientId);
    const uri = { applicationId: api.id, identifierUri: `api://${clientId}` };
    const identifier = await provider.create(URI, uri);
    expect((await provider.read(URI, identifier.id, uri)).id).toBe(identifier.id);
    const apiPrincipal = await provider.create(PRINCIPAL, { clientId });
    const caller = await provider.create(APPLICATION, { displayName: "caller" });
    const callerId = String(caller.outputs.clientId);
    const principal = await provider.create(PRINCIPAL, { clientId: callerId });
    const password = await provider.create(PASSWORD, { applicationId: caller.id });
    const { value } = password.outputs.value as { value: string };
    await provider.create(ASSIGNMENT, {
      appRoleId: ROLE.id,
      principalObjectId: principal.outputs.objectId,
      resourceObjectId: apiPrincipal.outputs.objectId,
    });
    const { access_token = "" } = await tokenFor(callerId, value, `api://${clientId}/.default`);
    expect(decodeJwt(access_token)).toMatchObject({ aud: clientId, azp: callerId, roles: ["operator"], ver: "2.0" });
    await provider.delete(PASSWORD, password.id);
    expect((await tokenFor(callerId, value, `api://${clientId}/.default`)).error).toBe("invalid_client");
    await provider.delete(URI, identifier.id, uri);
    expect((await provider.read(URI, identifier.id, uri)).id).toBe("");
  });

  it("an update keeps what it does not name and clears what was taken away", async () => {
    const before = { displayName: "app", singlePageApplication: { redirectUris: ["http://localhost/"] } };
    const { id } = await provider.create(APPLICATION, before);
    const uri = { applicationId: id, identifierUri: "api://kept" };
    const identifier = await provider.create(URI, uri);
    await provider.update(APPLICATION, id, before, { displayName: "renamed" });
    const found = await provider.invoke("azuread:index/getApplication:getApplication", { displayName: "renamed" });
    expect(found).toMatchObject({ id, identifierUris: ["api://kept"], spa: { redirectUris: [] } });
    expect((await provider.read(URI, identifier.id, uri)).id).toBe(identifier.id);
  });

  it("trust in another issuer is changed in place, and in another application made anew", async () => {
    const { id } = await provider.create(APPLICATION, { displayName: "federated" });
    const inputs = {
      applicationId: id,
      displayName: "ci",
      issuer: "https://issuer.example",
      subject: "repo:a",
      audiences: ["api://AzureADTokenExchange"],
    };
    const made = await provider.create(FEDERATED, inputs);
    expect(await provider.update(FEDERATED, made.id, inputs, { ...inputs, subject: "repo:b" })).toMatchObject({
      subject: "repo:b",
    });
    const diff = await provider.diff(FEDERATED, made.id, inputs, { ...inputs, applicationId: "/applications/other" });
    expect(diff.replaces).toEqual(["applicationId"]);
    await provider.delete(FEDERATED, made.id);
    expect((await provider.read(FEDERATED, made.id, inputs)).id).toBe("");
  });
});

it("a group has the members that it names", async () => {
  const { objectId } = await cloud.stranger("member");
  const inputs = { displayName: "operators", securityEnabled: true, members: [objectId] };
  const made = await provider.create(GROUP, inputs);
  const { groupsOf } = {
    groupsOf: async (id: string) =>
      (await import("../../services/entra/directory.ts")).directoryOf(cloud.house.context.database).groupsOf(id),
  };
  expect(await groupsOf(objectId)).toEqual([made.outputs.objectId]);
  await provider.update(GROUP, made.id, inputs, { ...inputs, members: [] });
  expect(await groupsOf(objectId)).toEqual([]);
});

it("who we are, what a preview cannot know, and what is missing", async () => {
  const { clientId, objectId, tenantId } = cloud.house.seeds.developer;
  expect(await provider.invoke("azuread:index/getClientConfig:getClientConfig", {})).toEqual({
    clientId,
    objectId,
    tenantId,
  });
  const preview = await provider.create(PRINCIPAL, { clientId: "x" }, true);
  expect(preview.outputs.objectId).toBe("04da6b54-80e4-46f7-96ec-b56ff0331ba9");
  expect((await provider.check(PRINCIPAL, {})).failures).toEqual(["missing required property 'clientId'"]);
});

it("a principal without a directory role changes nothing", async () => {
  const owner = await provider.create(APPLICATION, { displayName: "weak" });
  const clientId = String(owner.outputs.clientId);
  await provider.create(PRINCIPAL, { clientId });
  const { outputs } = await provider.create(PASSWORD, { applicationId: owner.id });
  const { value } = outputs.value as { value: string };
  await using weak = await TestProvider.start(
    new AzureAd({ ...environment(), ARM_CLIENT_ID: clientId, ARM_CLIENT_SECRET: value }),
  );
  await expect(weak.create(APPLICATION, { displayName: "mine" })).rejects.toThrow("Authorization_RequestDenied");
});
