import { mkdtempSync, rmSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { ArmResource, Json } from "../../core/resources.ts";
import { type TestContext, testContext } from "../../testing/context.ts";
import { httpsJson } from "../testing/cloud.ts";
import { createStaticWebAppsHost, type StaticWebAppsHost } from "./index.ts";

const SITE = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Web/staticSites/site";
const folder = mkdtempSync(join(tmpdir(), "devfactory-site-"));
let context: TestContext;
let host: StaticWebAppsHost;
let address = "";

beforeAll(async () => {
  context = await testContext(folder);
  await startHost();
});
afterAll(async () => {
  await host.stop();
  await context[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function startHost(): Promise<void> {
  host = createStaticWebAppsHost(context, { frontDoorPort: 0 });
  address = await put(SITE, "Microsoft.Web/staticSites", { tags: { "devfactory-front-door": "true" } });
  await host.start();
}

const hooks = (type: string) => host.hooks.find((each) => each.type === type);

/** What ARM does with a PUT. @returns the site's host name */
async function put(id: string, type: string, more: Partial<ArmResource> = {}): Promise<string> {
  const resource = { id, name: id.split("/").at(-1) ?? "", type, properties: {}, ...more };
  const caller = {
    objectId: "o",
    tenantId: "t",
    clientId: "c",
    kind: "app",
    audience: "a",
    groups: [],
    claims: {},
  } as const;
  const set = await hooks(type)?.put?.({ desired: resource, caller });
  const properties: Json = { ...resource.properties, ...set };
  context.putResource({ ...resource, properties });
  return String(properties.defaultHostname);
}

async function apiKey(): Promise<string> {
  const answer = await hooks("Microsoft.Web/staticSites")?.actions?.listSecrets?.(resource(SITE), {}, {} as never);
  const body = (answer?.body ?? {}) as { properties?: { apiKey?: string } };
  return body.properties?.apiKey ?? "";
}

function resource(id: string): ArmResource {
  return context.resources.get(id) ?? { id, name: "", type: "", properties: {} };
}

async function deploy(files: Record<string, string>, key?: string): Promise<number> {
  const headers = { authorization: `Bearer ${key ?? (await apiKey())}` };
  return (await httpsJson(context.certificates.ca, "POST", `https://${address}/.deploy`, headers, zip(files))).status;
}

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`http://${address}${path}`, { redirect: "manual", headers });

const CONFIG = {
  routes: [
    { route: "/old", redirect: "/about", statusCode: 301 },
    { route: "/moved", redirect: "/about" },
    { route: "/alias", rewrite: "/about.html" },
    { route: "/admin/*", allowedRoles: ["admin"] },
    { route: "/assets/*", headers: { "cache-control": "public, max-age=1", "x-frame-options": "" } },
    { route: "/gone", statusCode: 410 },
  ],
  navigationFallback: { rewrite: "/index.html", exclude: ["/assets/*.{png,js}"] },
  responseOverrides: {
    401: { redirect: "/.auth/login/aad?post_login_redirect_uri=.referrer", statusCode: 302 },
    404: { rewrite: "/missing.html" },
  },
  globalHeaders: { "x-frame-options": "DENY" },
  mimeTypes: { ".abc": "text/x-abc" },
};
const FILES = {
  "index.html": "<p>home",
  "about.html": "<p>about",
  "docs/index.html": "<p>docs",
  "missing.html": "<p>missing",
  "admin/index.html": "<p>secret",
  "assets/app.js": "1",
  "x.abc": "abc",
  "staticwebapp.config.json": JSON.stringify(CONFIG),
};

beforeEach(async () => {
  expect(await deploy(FILES)).toBe(200);
});

it.each([
  ["/", 200, "<p>home"],
  ["/about.html", 200, "<p>about"],
  ["/about", 200, "<p>about"],
  ["/docs", 200, "<p>docs"],
  ["/docs/", 200, "<p>docs"],
  ["/alias", 200, "<p>about"],
  ["/some/page", 200, "<p>home"],
  ["/assets/none.png", 404, "<p>missing"],
  ["/gone", 410, "<!doctype html><title>410</title><h1>410</h1>"],
  ["/staticwebapp.config.json", 200, "<p>home"],
  ["/api/x", 404, "There is no API on this site."],
])("GET %s answers %i", async (path, status, text) => {
  const answer = await get(path);
  expect([answer.status, await answer.text()]).toEqual([status, text]);
});

it("redirects are 302 unless the route says otherwise", async () => {
  const answers = await Promise.all([get("/old"), get("/moved")]);
  expect(answers.map((each) => [each.status, each.headers.get("location")])).toEqual([
    [301, "/about"],
    [302, "/about"],
  ]);
});

it("headers come from the configuration, the route's over the global ones, and types from the extension", async () => {
  const page = await get("/");
  const script = await get("/assets/app.js");
  const read = (answer: Response) =>
    ["content-type", "cache-control", "x-frame-options"].map((name) => answer.headers.get(name));
  expect(read(page)).toEqual(["text/html; charset=utf-8", "public, must-revalidate, max-age=30", "DENY"]);
  expect(read(script)).toEqual(["text/javascript; charset=utf-8", "public, max-age=1", null]);
  expect((await get("/x.abc")).headers.get("content-type")).toBe("text/x-abc; charset=utf-8");
  const again = await get("/", { "if-none-match": page.headers.get("etag") ?? "" });
  expect([again.status, await again.text()]).toEqual([304, ""]);
});

it("a role is asked for: nobody is sent to sign in, the wrong one gets 403, the right one the page", async () => {
  const nobody = await get("/admin/");
  expect([nobody.status, nobody.headers.get("location")]).toEqual([
    302,
    "/.auth/login/aad?post_login_redirect_uri=%2Fadmin%2F",
  ]);
  const signIn = async (roles: string) => {
    const body = new URLSearchParams({ name: "ada", roles });
    const answer = await fetch(`http://${address}/.auth/login/aad?post_login_redirect_uri=//evil.example`, {
      method: "POST",
      body,
      redirect: "manual",
    });
    expect(answer.headers.get("location")).toBe("/"); // never another site
    return (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  };
  expect((await get("/admin/", { cookie: await signIn("editor") })).status).toBe(403);
  const cookie = await signIn("admin");
  expect(await (await get("/admin/", { cookie })).text()).toBe("<p>secret");
  expect((await (await get("/.auth/me", { cookie })).json()).clientPrincipal).toMatchObject({
    identityProvider: "aad",
    userDetails: "ada",
    userRoles: ["anonymous", "authenticated", "admin"],
  });
  expect(await (await get("/.auth/me", { cookie: `${cookie}x` })).json()).toEqual({ clientPrincipal: null });
});

it("the API goes to the linked back end with the signed-in user, who cannot be forged, and events stream", async () => {
  const backend = createServer((request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(
      `data: ${request.url} ${request.headers["x-ms-client-principal"] ?? "nobody"} ${request.headers["x-forwarded-host"]}\n\n`,
    );
  });
  await new Promise<void>((resolve) => backend.listen(0, "127.0.0.1", resolve));
  const port = (backend.address() as { port: number }).port;
  const app = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.App/containerApps/api";
  const configuration = { ingress: { external: true, fqdn: `localhost:${port}` } };
  context.putResource({ id: app, name: "api", type: "Microsoft.App/containerApps", properties: { configuration } });
  await put(`${SITE}/linkedBackends/b`, "Microsoft.Web/staticSites/linkedBackends", {
    properties: { backendResourceId: app },
  });
  const answer = await get("/api/events?x=1", { "x-ms-client-principal": "forged" });
  const first = await answer.body?.getReader().read();
  expect(new TextDecoder().decode(first?.value)).toBe(`data: /api/events?x=1 nobody ${address}\n\n`);
  context.removeResource(`${SITE}/linkedBackends/b`);
  backend.closeAllConnections();
  backend.close();
});

it("the front door shows the tagged site, apps and sites by name, and a waiting page for others", async () => {
  const port = new URL(host.frontDoorUrl).port;
  const byName = (name: string) =>
    new Promise<[number, string]>((resolve, reject) => {
      httpRequest({ host: "127.0.0.1", port, path: "/", headers: { host: `${name}:${port}` } }, (answer) => {
        let text = "";
        answer.on("data", (chunk) => (text += chunk)).on("end", () => resolve([answer.statusCode ?? 0, text]));
      })
        .on("error", reject)
        .end();
    });
  expect(await byName("localhost")).toEqual([200, "<p>home"]);
  expect(await byName("site.localhost")).toEqual([200, "<p>home"]);
  const [status, text] = await byName("<b>.localhost");
  expect([status, text.includes("&#60;b&#62;")]).toEqual([404, true]);
});

it("a deployment needs the key and a sound configuration, and replaces the content as a whole", async () => {
  expect(await deploy({ "index.html": "evil" }, "0".repeat(64))).toBe(401);
  expect(await deploy({ "index.html": "broken", "staticwebapp.config.json": '{"routes":[{"route":"/*/x"}]}' })).toBe(
    400,
  );
  expect(await (await get("/")).text()).toBe("<p>home");
  expect(await deploy({ "index.html": "<p>new" })).toBe(200);
  expect([await (await get("/")).text(), (await get("/about.html")).status]).toEqual(["<p>new", 404]);
});

it("zipdeploy fetches the archive from a signed link", async () => {
  const source = createServer((_, response) => response.end(zip({ "index.html": "<p>fetched" })));
  await new Promise<void>((resolve) => source.listen(0, "127.0.0.1", resolve));
  const appZipUrl = `http://127.0.0.1:${(source.address() as { port: number }).port}/a.zip?sig=x`;
  await hooks("Microsoft.Web/staticSites")?.actions?.zipdeploy?.(
    resource(SITE),
    { properties: { appZipUrl } },
    {} as never,
  );
  expect(await (await get("/")).text()).toBe("<p>fetched");
  source.close();
});

it("after a restart the site has the same address and content", async () => {
  const before = address;
  await host.stop();
  await startHost();
  const answer = await httpsJson(context.certificates.ca, "GET", `https://${address}/about`);
  expect([address, answer.text]).toEqual([before, "<p>about"]);
});

/** A zip with one deflated entry for each file. */
function zip(files: Record<string, string>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const packed = deflateRawSync(Buffer.from(content));
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(Buffer.byteLength(content), 18);
    fields.writeUInt16LE(Buffer.byteLength(name), 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    parts.push(Buffer.from("504b0304", "hex"), fields, Buffer.from(name), packed);
    directory.push(Buffer.from("504b01021400", "hex"), fields, tail, Buffer.from(name));
    offset += 30 + Buffer.byteLength(name) + packed.length;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(files).length, 8);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(index.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, index, end]);
}
