import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { serve } from "./serve.ts";
import { readServer } from "./settings.ts";

const folder = mkdtempSync(join(tmpdir(), "devfactory-nginx-"));
let server: Server;
let back: Server;
let base = "";

const open = async (one: Server): Promise<number> => {
  await new Promise<void>((resolve) => one.listen(0, "127.0.0.1", resolve));
  return (one.address() as { port: number }).port;
};

beforeAll(async () => {
  mkdirSync(join(folder, "site/docs"), { recursive: true });
  writeFileSync(join(folder, "site/index.html"), "home");
  writeFileSync(join(folder, "site/docs/index.html"), "docs");
  writeFileSync(join(folder, "site/app.js"), "1");
  writeFileSync(join(folder, "secret"), "secret");
  back = createServer((request, response) => response.end(`back ${request.url}`));
  const settings = readServer(`
    # one server
    server { listen 0.0.0.0:8080; root ${folder}/site; add_header X-Frame-Options "DENY";
      location / { try_files $uri $uri/ /index.html; }
      location /assets/ { try_files $uri =404; }
      location /api/ { proxy_pass http://127.0.0.1:${await open(back)}/v1/; }
      location = /health { return 200 "fine"; }
      location = /old { return 301 /docs/; } }`);
  expect(settings.port).toBe(8080);
  server = createServer((request, response) => serve(settings, request, response));
  base = `http://127.0.0.1:${await open(server)}`;
});
afterAll(() => {
  for (const each of [server, back]) {
    each.closeAllConnections();
    each.close();
  }
  rmSync(folder, { recursive: true, force: true });
});

it.each([
  ["/", 200, "home"],
  ["/docs/", 200, "docs"],
  ["/some/page", 200, "home"],
  ["/assets/none.js", 404, "<html><body><h1>404</h1></body></html>"],
  ["/api/x?y=1", 200, "back /v1/x?y=1"],
  ["/health", 200, "fine"],
  ["/%2e%2e/secret", 200, "home"],
  ["/..%2fsecret", 200, "home"],
])("GET %s answers %i", async (path, status, text) => {
  const answer = await fetch(base + path);
  expect([answer.status, await answer.text()]).toEqual([status, text]);
});

it("headers, types, redirects and unchanged files", async () => {
  const script = await fetch(`${base}/app.js`);
  expect([script.headers.get("x-frame-options"), script.headers.get("content-type")]).toEqual([
    "DENY",
    "application/javascript",
  ]);
  expect(
    (await fetch(`${base}/app.js`, { headers: { "if-none-match": script.headers.get("etag") ?? "" } })).status,
  ).toBe(304);
  expect((await fetch(`${base}/old`, { redirect: "manual" })).headers.get("location")).toBe("/docs/");
  expect((await fetch(`${base}/app.js`, { method: "POST" })).status).toBe(405);
});
