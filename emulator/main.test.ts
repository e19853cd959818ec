import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EmulatorSettings } from "./settings.ts";
import { trust } from "./trust.ts";

let dataDir: string;
const children: ChildProcess[] = [];

beforeAll(() => {
  dataDir = mkdtempSync(join(tmpdir(), "devfactory-main-"));
});

afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(dataDir, { recursive: true, force: true });
});

async function start(
  ...more: readonly string[]
): Promise<{ readonly child: ChildProcess; readonly settings: EmulatorSettings }> {
  const script = join(import.meta.dirname, "main.ts");
  const child = spawn(process.execPath, [script, "--data", dataDir, "--services", "entra", ...more], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  children.push(child);
  const [line] = (await once(child.stdout ?? child, "data")) as [Buffer];
  expect(String(line)).toBe("ready\n");
  const settings = JSON.parse(readFileSync(join(dataDir, "emulator.json"), "utf8")) as EmulatorSettings;
  trust(readFileSync(settings.caPath, "utf8"));
  return { child, settings };
}

async function signIn({ entra, developer }: EmulatorSettings): Promise<string> {
  const form = {
    grant_type: "client_credentials",
    client_id: developer.clientId,
    client_secret: developer.clientSecret,
    scope: "https://management.azure.com/.default",
  };
  const answer = await fetch(`${entra}/${developer.tenantId}/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams(form),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

function call(
  settings: EmulatorSettings,
  token: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<Response> {
  const url = `${settings.arm}/subscriptions/${settings.subscriptionId}/resourceGroups${path}?api-version=2024-01-01`;
  const headers = { Authorization: `Bearer ${token}` };
  return fetch(url, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
}

describe("the process", () => {
  it("acknowledged PUTs, addresses, seeds and tokens survive SIGKILL", async () => {
    const first = await start();
    const token = await signIn(first.settings);
    await call(first.settings, token, "PUT", "/rg", { location: "eastus" });
    const acknowledged: string[] = [];
    const writing = (async () => {
      for (let index = 0; ; index++) {
        const path = `/rg/providers/Microsoft.Insights/actionGroups/a${index}`;
        const { ok } = await call(first.settings, token, "PUT", path, { location: "global" });
        if (ok) acknowledged.push(path);
        if (index === 30) first.child.kill("SIGKILL");
      }
    })();
    await expect(writing).rejects.toThrow("fetch failed");
    const second = await start();
    const { pid: _, admin: __, ...before } = first.settings;
    expect(second.settings).toMatchObject(before);
    const found = await Promise.all(acknowledged.map((path) => call(second.settings, token, "GET", path)));
    expect(found.map((each) => each.status)).toEqual(acknowledged.map(() => 200));
    second.child.kill("SIGTERM");
    expect(await once(second.child, "exit")).toEqual([0, null]);
  });

  it("ends when standard input closes, and keeps its secrets to the owner", async () => {
    const { child } = await start();
    expect(statSync(join(dataDir, "emulator.json")).mode & 0o777).toBe(0o600);
    child.stdin?.end();
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  it("the admin port moves the clock for who has its token", async () => {
    const { child, settings } = await start();
    const { url, token } = settings.admin;
    const shift = (bearer: string) =>
      fetch(`${url}/clock`, {
        method: "POST",
        headers: { Authorization: `Bearer ${bearer}` },
        body: JSON.stringify({ shiftMs: 7_200_000 }),
      });
    expect((await shift("wrong")).status).toBe(401);
    const before = await signIn(settings);
    expect((await call(settings, before, "GET", "/rg")).status).toBe(200);
    expect((await shift(token)).status).toBe(200);
    expect((await call(settings, before, "GET", "/rg")).status).toBe(401);
    child.stdin?.end();
    await once(child, "exit");
  });
});

it("a plugin's launcher prints its port on the first line", async () => {
  const launcher = join(dataDir, "pulumi", "plugins", "resource-azure-native-v3.28.0", "pulumi-resource-azure-native");
  const child = spawn(launcher, ["127.0.0.1:1"], { stdio: ["ignore", "pipe", "inherit"], env: {} });
  children.push(child);
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  expect(String(line)).toMatch(/^\d+\n$/);
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
});
