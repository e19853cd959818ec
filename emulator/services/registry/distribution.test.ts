import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { httpsJson } from "../../hosts/testing/cloud.ts";
import { type TestContext, testContext } from "../../testing/context.ts";
import { createRegistry, type RegistryService } from "./index.ts";

const ID = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/images";
const digest = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;
let context: TestContext;
let registry: RegistryService;
let server = "";

beforeAll(async () => {
  context = await testContext();
  registry = createRegistry(context);
  const desired = { id: ID, name: "images", type: "Microsoft.ContainerRegistry/registries", properties: {} };
  const caller = {
    objectId: "o",
    tenantId: "t",
    clientId: "c",
    kind: "app",
    audience: "",
    groups: [],
    claims: {},
  } as const;
  const set = await registry.hooks.find((each) => each.type === desired.type)?.put?.({ desired, caller });
  server = String(set?.loginServer);
  context.putResource({ ...desired, properties: set ?? {} });
  context.grant("pusher", "Microsoft.ContainerRegistry/registries/p*", ID);
  context.grant("pusher", "Microsoft.ContainerRegistry/registries/artifacts/delete", ID);
  context.grant("puller", "Microsoft.ContainerRegistry/registries/pull/read", ID);
  await registry.start();
});
afterAll(async () => {
  await registry.stop();
  await context[Symbol.asyncDispose]();
});

const call = (method: string, path: string, headers: Record<string, string> = {}, body?: unknown) =>
  httpsJson(
    context.certificates.ca,
    method,
    path.startsWith("https:") ? path : `https://${server}${path}`,
    headers,
    body,
  );
const form = { "content-type": "application/x-www-form-urlencoded" };

/** The token flow: Entra → refresh → access. */
async function sign(objectId: string, scope: string): Promise<Record<string, string>> {
  const entra =
    (await context.credential(objectId).getToken("https://containerregistry.azure.net/.default"))?.token ?? "";
  const exchange = new URLSearchParams({ grant_type: "access_token", service: server, access_token: entra });
  const { refresh_token: refresh } = (await call("POST", "/oauth2/exchange", form, `${exchange}`)).body;
  const request = new URLSearchParams({
    grant_type: "refresh_token",
    service: server,
    scope,
    refresh_token: String(refresh),
  });
  const { access_token: access } = (await call("POST", "/oauth2/token", form, `${request}`)).body;
  return { authorization: `Bearer ${access}` };
}

async function push(
  headers: Record<string, string>,
  repository: string,
  tag: string,
  layer: string,
): Promise<{ status: number; digest: string }> {
  for (const blob of [layer, "{}"]) {
    const started = await call("POST", `/v2/${repository}/blobs/uploads/`, headers);
    const sent = await call("PATCH", String(started.headers.location), headers, blob);
    await call("PUT", `${sent.headers.location}?digest=${digest(blob)}`, headers);
  }
  const manifest = JSON.stringify({
    schemaVersion: 2,
    config: { digest: digest("{}") },
    layers: [{ mediaType: "x", digest: digest(layer) }],
  });
  const put = await call(
    "PUT",
    `/v2/${repository}/manifests/${tag}`,
    { ...headers, "content-type": "application/vnd.oci.image.manifest.v1+json" },
    manifest,
  );
  return { status: put.status, digest: String(put.headers["docker-content-digest"]) };
}

it("without a token the answer names where to get one", async () => {
  const { status, headers, body } = await call("GET", "/v2/team/app/manifests/1");
  const challenge = `Bearer realm="https://${server}/oauth2/token",service="${server}",scope="repository:team/app:pull"`;
  expect([status, headers["www-authenticate"], body.errors]).toEqual([
    401,
    challenge,
    [{ code: "UNAUTHORIZED", message: "authentication required" }],
  ]);
  expect((await call("GET", "/v2/", { authorization: "Bearer nonsense" })).status).toBe(401);
});

it("what was pushed is pulled with the same digest, the tag moves, the digest stays", async () => {
  const headers = await sign("pusher", "repository:team/app:pull,push,delete");
  const first = await push(headers, "team/app", "1", "layer one");
  expect((await call("GET", `/v2/team/app/blobs/${digest("layer one")}`, headers)).text).toBe("layer one");
  const second = await push(headers, "team/app", "1", "layer two");
  const byTag = await call("HEAD", "/v2/team/app/manifests/1", headers);
  const byDigest = await call("GET", `/v2/team/app/manifests/${first.digest}`, headers);
  expect([byTag.headers["docker-content-digest"], digest(byDigest.text)]).toEqual([second.digest, first.digest]);
  expect((await call("GET", "/v2/team/app/tags/list", headers)).body).toEqual({ name: "team/app", tags: ["1"] });
  expect((await call("DELETE", `/v2/team/app/manifests/${first.digest}`, headers)).status).toBe(202);
  expect((await call("GET", `/v2/team/app/manifests/${first.digest}`, headers)).status).toBe(404);
});

it("wrong bytes and unknown parts are refused", async () => {
  const headers = await sign("pusher", "repository:bad:pull,push");
  const started = await call("POST", "/v2/bad/blobs/uploads/", headers);
  const wrong = await call("PUT", `${started.headers.location}?digest=${digest("other")}`, headers, "bytes");
  expect([wrong.status, wrong.body.errors]).toMatchObject([400, [{ code: "DIGEST_INVALID" }]]);
  const manifest = JSON.stringify({ schemaVersion: 2, config: { digest: digest("absent") } });
  const unknown = await call("PUT", "/v2/bad/manifests/1", headers, manifest);
  expect([unknown.status, unknown.body.errors]).toEqual([
    400,
    [{ code: "MANIFEST_BLOB_UNKNOWN", message: `no blob ${digest("absent")} in bad` }],
  ]);
});

it("rights decide: a puller cannot push, a stranger cannot pull, and one repository's token opens no other", async () => {
  const puller = await sign("puller", "repository:team/app:pull,push");
  expect((await call("GET", "/v2/team/app/manifests/1", puller)).status).toBe(200);
  expect((await call("POST", "/v2/team/app/blobs/uploads/", puller)).status).toBe(403);
  // A token for another repository is asked for again, with the scope that is missing.
  expect((await call("GET", "/v2/bad/manifests/1", puller)).status).toBe(401);
  const stranger = await sign("stranger", "repository:team/app:pull");
  expect((await call("GET", "/v2/team/app/manifests/1", stranger)).status).toBe(403);
});

it("a blob of one repository is not seen from another, unless mounted by who may pull it", async () => {
  const headers = await sign("pusher", "repository:other:pull,push repository:team/app:pull");
  const path = `/v2/other/blobs/${digest("layer two")}`;
  expect((await call("GET", path, headers)).status).toBe(404);
  expect(
    (await call("POST", `/v2/other/blobs/uploads/?mount=${digest("layer two")}&from=team/app`, headers)).status,
  ).toBe(201);
  expect((await call("GET", path, headers)).text).toBe("layer two");
});

it("the registry answers Azure's catalog, and its tokens end", async () => {
  const headers = await sign("pusher", "registry:catalog:* repository:team/app:pull");
  expect((await call("GET", "/acr/v1/_catalog", headers)).body).toEqual({ repositories: ["team/app"] });
  expect((await call("GET", "/acr/v1/team%2Fapp/_tags", headers)).body).toMatchObject({
    imageName: "team/app",
    tags: [{ name: "1" }],
  });
  context.clock.shift(76 * 60_000);
  expect((await call("GET", "/acr/v1/_catalog", headers)).status).toBe(401);
});

it("after a restart images, tags and the address are the same", async () => {
  await registry.stop();
  registry = createRegistry(context);
  await registry.start();
  const headers = await sign("puller", "repository:team/app:pull");
  expect((await call("GET", "/v2/team/app/tags/list", headers)).body).toEqual({ name: "team/app", tags: ["1"] });
});
