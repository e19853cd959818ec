import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { ClientAssertionCredential, ClientSecretCredential, ManagedIdentityCredential } from "@azure/identity";
import { getRequestListener } from "@hono/node-server";
import { createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cloud, startCloud } from "../../arm/testing/cloud.ts";
import { directoryOf } from "./directory.ts";
import { createIdentityEndpoint } from "./identityEndpoint.ts";
import { CLI_APP_ID } from "./seeds.ts";

const REDIRECT = "http://localhost:4280/";

let cloud: Cloud;
let tenant: string;
let clientId: string;

beforeAll(async () => {
  cloud = await startCloud();
  tenant = cloud.house.seeds.developer.tenantId;
  clientId = randomUUID();
  const role = (value: string) => ({ id: randomUUID(), value, displayName: value, isEnabled: true });
  directoryOf(cloud.house.context.database).save("application", tenant, {
    id: randomUUID(),
    appId: clientId,
    displayName: "Factory",
    signInAudience: "AzureADMultipleOrgs",
    identifierUris: [`api://${clientId}`],
    api: {
      requestedAccessTokenVersion: 2,
      oauth2PermissionScopes: [{ id: randomUUID(), value: "access", isEnabled: true }],
    },
    appRoles: [role("operator"), role("member")],
    spa: { redirectUris: [REDIRECT] },
    publicClient: { redirectUris: ["http://localhost"] },
  });
});

afterAll(() => cloud[Symbol.asyncDispose]());

function user(name: string) {
  const found = cloud.house.seeds.tenants.flatMap((each) => each.users).find((each) => each.username === name);
  if (!found) throw new Error(`no seed ${name}`);
  return found;
}

async function token(form: Readonly<Record<string, string>>, segment = tenant) {
  const answer = await fetch(`${cloud.house.authority}/${segment}/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams(form),
  });
  return { status: answer.status, body: (await answer.json()) as Readonly<Record<string, string>> };
}

const verifier = "a-verifier-that-is-long-enough-for-the-rule-of-43-characters";
const challenge = createHash("sha256").update(verifier).digest("base64url");

/** Signs a person in as a browser does and gives back where the answer went. */
async function authorize(query: Readonly<Record<string, string>>, who = user("admin@contoso.example"), cookie = "") {
  const all = {
    client_id: clientId,
    response_type: "code",
    redirect_uri: REDIRECT,
    scope: `openid offline_access api://${clientId}/access`,
  };
  const params = new URLSearchParams({
    ...all,
    code_challenge: challenge,
    code_challenge_method: "S256",
    state: "s1",
    nonce: "n1",
    ...query,
  });
  return fetch(`${cloud.house.authority}/organizations/oauth2/v2.0/authorize?${params}`, {
    redirect: "manual",
    ...(cookie
      ? { headers: { cookie } }
      : { method: "POST", body: new URLSearchParams({ username: who.username, password: who.password }) }),
  });
}

function codeOf(answer: Response): string {
  return new URL(answer.headers.get("location") ?? "").searchParams.get("code") ?? "";
}

function redeem(code: string, more: Readonly<Record<string, string>> = {}) {
  return token(
    {
      grant_type: "authorization_code",
      client_id: clientId,
      code,
      redirect_uri: REDIRECT,
      code_verifier: verifier,
      ...more,
    },
    "organizations",
  );
}

describe("discovery", () => {
  it("tells issuer and keys, and a token verifies with them", async () => {
    const answer = await fetch(`${cloud.house.authority}/${tenant}/v2.0/.well-known/openid-configuration`);
    const { issuer, jwks_uri } = (await answer.json()) as { issuer: string; jwks_uri: string };
    expect(issuer).toBe(`${cloud.house.authority}/${tenant}/v2.0`);
    const { body } = await redeem(codeOf(await authorize({})));
    const { payload } = await jwtVerify(body.access_token ?? "", createRemoteJWKSet(new URL(jwks_uri)), {
      issuer,
      audience: clientId,
    });
    expect(payload).toMatchObject({
      tid: tenant,
      scp: "access",
      roles: ["operator"],
      preferred_username: "admin@contoso.example",
    });
  });

  it("a browser finds the endpoints on plain http, with the same issuer", async () => {
    const base = cloud.house.authority.replace("https:", "http:");
    const body = (await (await fetch(`${base}/${tenant}/v2.0/.well-known/openid-configuration`)).json()) as Record<
      string,
      string
    >;
    expect([body.issuer, body.token_endpoint]).toEqual([
      `${cloud.house.authority}/${tenant}/v2.0`,
      `${base}/${tenant}/oauth2/v2.0/token`,
    ]);
  });

  it("a tenant is known by id and domain, another one is refused", async () => {
    const { developer } = cloud.house.seeds;
    const form = {
      grant_type: "client_credentials",
      client_id: developer.clientId,
      client_secret: developer.clientSecret,
      scope: "https://management.azure.com/.default",
    };
    expect((await token(form, "contoso.example")).status).toBe(200);
    expect((await token(form, "nowhere.example")).body.error_description).toContain("AADSTS90002");
  });
});

describe("client credentials", () => {
  it("a token for Azure has the v1 shape", async () => {
    const { objectId, clientId: appid } = cloud.house.seeds.developer;
    const { token: jwt } = await cloud.credential.getToken("https://vault.azure.net/.default");
    expect(decodeJwt(jwt)).toMatchObject({
      iss: `https://sts.windows.net/${tenant}/`,
      aud: "https://vault.azure.net",
      oid: objectId,
      appid,
      idtyp: "app",
      ver: "1.0",
    });
  });

  it("a wrong secret is refused", async () => {
    const options = { authorityHost: cloud.house.authority, disableInstanceDiscovery: true };
    const wrong = new ClientSecretCredential(tenant, cloud.house.seeds.developer.clientId, "wrong", options);
    await expect(wrong.getToken("https://vault.azure.net/.default")).rejects.toThrow("AADSTS7000215");
  });

  it("a resource with a slash at its end keeps it, and an unknown one is refused", async () => {
    const { developer } = cloud.house.seeds;
    const form = {
      grant_type: "client_credentials",
      client_id: developer.clientId,
      client_secret: developer.clientSecret,
    };
    const bus = await token({ ...form, scope: "https://servicebus.azure.net//.default" });
    expect(decodeJwt(bus.body.access_token ?? "").aud).toBe("https://servicebus.azure.net/");
    expect((await token({ ...form, scope: "api://nobody/.default" })).body.error).toBe("invalid_resource");
  });
});

describe("authorization code", () => {
  it("is good once, for its verifier and address alone", async () => {
    const code = codeOf(await authorize({}));
    expect((await redeem(code)).status).toBe(200);
    expect((await redeem(code)).body.error).toBe("invalid_grant");
    expect((await redeem(codeOf(await authorize({})), { code_verifier: "another" })).body.error_description).toContain(
      "AADSTS50148",
    );
    expect(
      (await redeem(codeOf(await authorize({})), { redirect_uri: "http://localhost:1/" })).body.error_description,
    ).toContain("AADSTS50011");
  });

  it("comes with state, and the id token with the nonce", async () => {
    const answer = await authorize({ response_mode: "fragment" });
    const hash = new URLSearchParams(new URL(answer.headers.get("location") ?? "").hash.slice(1));
    expect(hash.get("state")).toBe("s1");
    const { body } = await redeem(hash.get("code") ?? "");
    expect(decodeJwt(body.id_token ?? "")).toMatchObject({
      aud: clientId,
      nonce: "n1",
      roles: ["operator"],
      tid: tenant,
    });
  });

  it("goes to registered addresses alone, needs PKCE, and a right password", async () => {
    expect((await authorize({ redirect_uri: "http://evil.example/" })).status).toBe(400);
    const plain = await authorize({ code_challenge_method: "plain" });
    expect(new URL(plain.headers.get("location") ?? "").searchParams.get("error")).toBe("invalid_request");
    const wrong = await authorize({}, { ...user("admin@contoso.example"), password: "wrong" });
    expect([wrong.status, await wrong.text()]).toEqual([200, expect.stringContaining("AADSTS50126")]);
  });

  it("a person of another tenant gets a token of that tenant", async () => {
    const { body } = await redeem(codeOf(await authorize({}, user("member@fabrikam.example"))));
    const fabrikam = cloud.house.seeds.tenants[1]?.id;
    expect(decodeJwt(body.access_token ?? "")).toMatchObject({
      tid: fabrikam,
      iss: `${cloud.house.authority}/${fabrikam}/v2.0`,
      roles: ["member"],
    });
  });

  it("a session signs in again without a password; without one prompt=none fails", async () => {
    const first = await authorize({});
    const cookie = (first.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    expect(codeOf(await authorize({ prompt: "none" }, undefined, cookie))).toHaveLength(43);
    const none = await authorize({ prompt: "none" }, undefined, "x=y");
    expect(new URL(none.headers.get("location") ?? "").searchParams.get("error")).toBe("login_required");
  });
});

it("a refresh gives a new token; the old one stays good, for a page whose answer was lost on the way", async () => {
  const { body } = await redeem(codeOf(await authorize({})));
  const form = { grant_type: "refresh_token", client_id: clientId, refresh_token: body.refresh_token ?? "" };
  const second = await token(form, "organizations");
  expect([second.status, second.body.refresh_token === body.refresh_token]).toEqual([200, false]);
  expect((await token(form, "organizations")).status).toBe(200);
  expect((await token({ ...form, refresh_token: "made-up" }, "organizations")).body.error).toBe("invalid_grant");
  expect((await token({ ...form, refresh_token: second.body.refresh_token ?? "" }, "organizations")).status).toBe(200);
});

it("a device code waits until the person has approved it", async () => {
  const scope = `openid api://${clientId}/access`;
  const asked = await fetch(`${cloud.house.authority}/${tenant}/oauth2/v2.0/devicecode`, {
    method: "POST",
    body: new URLSearchParams({ client_id: clientId, scope }),
  });
  const { device_code = "", user_code = "", verification_uri = "" } = (await asked.json()) as Record<string, string>;
  const form = { grant_type: "urn:ietf:params:oauth:grant-type:device_code", client_id: clientId, device_code };
  expect((await token(form)).body.error).toBe("authorization_pending");
  const { username, password } = user("member@contoso.example");
  await fetch(verification_uri, { method: "POST", body: new URLSearchParams({ user_code, username, password }) });
  expect(decodeJwt((await token(form)).body.access_token ?? "")).toMatchObject({
    preferred_username: username,
    roles: ["member"],
  });
  expect((await token(form)).body.error).toBe("expired_token");
});

it("name and password give a token through the command line's client", async () => {
  const { username, password } = user("admin@contoso.example");
  const form = {
    grant_type: "password",
    client_id: CLI_APP_ID,
    username,
    password,
    scope: "https://management.azure.com/.default",
  };
  expect(decodeJwt((await token(form)).body.access_token ?? "")).toMatchObject({
    upn: username,
    scp: "user_impersonation",
    idtyp: "user",
  });
  expect((await token({ ...form, password: "wrong" })).body.error).toBe("invalid_grant");
});

describe("managed identities", () => {
  it("the real credential gets a token from the endpoint; an identity that is not assigned, and a wrong header, get none", async () => {
    const { context } = cloud.house;
    await cloud.call("PUT", `${cloud.subscription}/resourceGroups/rg`, { location: "westeurope" });
    const at = `${cloud.subscription}/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities`;
    const [mine, other] = [
      await cloud.call("PUT", `${at}/mine`, { location: "westeurope" }),
      await cloud.call("PUT", `${at}/other`, { location: "westeurope" }),
    ];
    const handler = createIdentityEndpoint(context, { identities: [`${at}/mine`], header: "secret" });
    const server = createServer(getRequestListener(handler)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}/msi/token`;
    process.env.IDENTITY_ENDPOINT = url;
    process.env.IDENTITY_HEADER = "secret";
    try {
      const good = new ManagedIdentityCredential({ clientId: mine.body.properties.clientId });
      const { token: jwt } = await good.getToken("https://vault.azure.net/.default");
      expect(decodeJwt(jwt)).toMatchObject({
        oid: mine.body.properties.principalId,
        aud: "https://vault.azure.net",
        idtyp: "app",
      });
      const bad = new ManagedIdentityCredential({ clientId: other.body.properties.clientId });
      await expect(bad.getToken("https://vault.azure.net/.default")).rejects.toThrow(/identity/i);
      const plain = await fetch(`${url}?api-version=2019-08-01&resource=x`, {
        headers: { "X-IDENTITY-HEADER": "wrong" },
      });
      expect(plain.status).toBe(401);
    } finally {
      delete process.env.IDENTITY_ENDPOINT;
      delete process.env.IDENTITY_HEADER;
      server.close();
    }
  });

  it("an assertion of a managed identity signs an application in; another subject is refused", async () => {
    const directory = directoryOf(cloud.house.context.database);
    const at = `${cloud.subscription}/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities`;
    const { body } = await cloud.call("PUT", `${at}/workload`, { location: "westeurope" });
    const appId = randomUUID();
    const issuer = `${cloud.house.authority}/${tenant}/v2.0`;
    directory.save("application", tenant, { id: randomUUID(), appId, displayName: "Federated" });
    directory.save("servicePrincipal", tenant, { id: randomUUID(), appId, displayName: "Federated" });
    const audiences = ["api://AzureADTokenExchange"];
    directory.save("federated", tenant, {
      id: randomUUID(),
      applicationId: appId,
      issuer,
      subject: body.properties.principalId,
      audiences,
    });
    const assert = (name: string) => async () => {
      const query = "?api-version=2019-08-01&resource=api://AzureADTokenExchange";
      const handler = createIdentityEndpoint(cloud.house.context, { identities: [`${at}/${name}`], header: "h" });
      const answer = await handler(new Request(`http://x/${query}`, { headers: { "X-IDENTITY-HEADER": "h" } }));
      return ((await answer.json()) as { access_token: string }).access_token;
    };
    const options = { authorityHost: cloud.house.authority, disableInstanceDiscovery: true };
    const good = new ClientAssertionCredential(tenant, appId, assert("workload"), options);
    expect(decodeJwt((await good.getToken("https://vault.azure.net/.default")).token)).toMatchObject({ appid: appId });
    const bad = new ClientAssertionCredential(tenant, appId, assert("mine"), options);
    await expect(bad.getToken("https://vault.azure.net/.default")).rejects.toThrow("AADSTS700211");
  });
});

describe("tokens that are refused", () => {
  const ask = (jwt: string) => cloud.call("GET", cloud.subscription, undefined, { Authorization: `Bearer ${jwt}` });

  it("an unsigned one", async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const claims = decodeJwt((await cloud.credential.getToken("https://management.azure.com/.default")).token);
    expect((await ask(`${part({ alg: "none" })}.${part(claims)}.`)).status).toBe(401);
  });

  it("an expired one; one of an older signing key is still good", async () => {
    const { objectId } = cloud.house.seeds.developer;
    const subject = { objectId, clientId: objectId, kind: "app" } as const;
    const issue = (lifetimeSeconds: number) =>
      cloud.house.context.tokens.issue({
        tenantId: tenant,
        audience: "https://management.azure.com",
        version: "v1",
        subject,
        lifetimeSeconds,
      });
    expect((await ask(await issue(-10))).status).toBe(401);
    const old = await issue(60);
    await cloud.house.context.tokens.rotate();
    expect((await ask(old)).status).toBe(200);
    expect((await ask(await issue(60))).status).toBe(200);
  });
});
