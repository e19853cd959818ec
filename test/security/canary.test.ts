import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { startReceiver } from "@devfactory/automation/notify/testing/receiver.ts";
import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Chaos } from "../chaos/house.ts";
import { filesWith, formsOf, holds } from "./searchSecrets.ts";

const ADMIN = "admin@contoso.example";
const canary = () => `canary${randomBytes(12).toString("hex")}`;

it("the search finds a secret in every form, also in archives, and nothing else", () => {
  const folder = mkdtempSync(join(tmpdir(), "devfactory-canary-"));
  try {
    const secret = 'ca"nary/+&=7-ö-0123456789';
    const texts: Record<string, string | Buffer> = {
      plain: `x ${secret} y`,
      base64: Buffer.from(secret).toString("base64"),
      shifted: Buffer.from(`user:${secret}:z`).toString("base64"),
      url: encodeURIComponent(secret),
      json: JSON.stringify({ a: secret }),
      hex: Buffer.from(secret).toString("hex"),
      gzip: gzipSync(`x ${secret}`),
      zip: Buffer.from(zipSync({ "a/b": Buffer.from(secret) })),
    };
    for (const [name, text] of Object.entries({ ...texts, other: "ca nary 0123456789" }))
      writeFileSync(join(folder, name), text);
    expect(filesWith(folder, secret)).toEqual(Object.keys(texts).sort());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Secrets are planted wherever one can enter; a whole job runs; then everything that was kept or told is searched. */
describe("secrets that were planted in a platform", () => {
  const platform = new Chaos();
  const planted: Record<string, string> = {
    "a tenant's own key": canary(),
    "the address of an endpoint": canary(),
    "a key in a prompt": `sk-${canary()}`,
    "a password in a prompt": canary(),
    "a refused key": canary(),
    "a broken body": canary(),
  };
  const told: string[] = [];
  const call = async (method: string, path: string, body?: unknown) => {
    const answer = await platform.call(method, path, body, {}, ADMIN);
    told.push(JSON.stringify(answer));
    return answer;
  };
  let jobId = "";

  beforeAll(async () => {
    await platform.start(/Ready/);
    planted["an access token"] = (await platform.token(ADMIN)).split(".")[2] ?? "";
  }, 300_000);

  afterAll(() => platform[Symbol.asyncDispose](), 60_000);

  it("a job runs with them, and its end is told", async () => {
    await using hook = await startReceiver();
    const key = planted["a tenant's own key"];
    expect((await call("PUT", "/keys/openai", { key })).status).toBe(200);
    const url = `${hook.url}&t=${planted["the address of an endpoint"]}`;
    const made = await platform.call("PUT", "/webhooks/endpoints/hook", { url }, {}, ADMIN);
    expect(made.status).toBe(201);
    planted["an endpoint's secret"] = made.json.secret;
    const prompt = `a shop with products, key ${planted["a key in a prompt"]}, DB_PASSWORD=${planted["a password in a prompt"]}`;
    jobId = (await call("POST", "/jobs", { prompt })).json.jobId;
    for (const end = performance.now() + 240_000; ; ) {
      const { status } = (await platform.call("GET", `/jobs/${jobId}`, undefined, {}, ADMIN)).json;
      if (status === "succeeded") break;
      if (status === "failed" || performance.now() > end) throw new Error(`the job is ${status}`);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    for (const end = performance.now() + 30_000; hook.received.length === 0 && performance.now() < end; )
      await new Promise((resolve) => setTimeout(resolve, 200));
    expect(hook.received.map(({ body }) => JSON.parse(body).type)).toEqual(["job.succeeded"]);
    told.push(JSON.stringify(hook.received.map(({ body }) => body)));
  }, 300_000);

  it("no answer, event, audit row or problem text shows one", async () => {
    await call("PUT", "/keys/openai", { key: `${planted["a refused key"]} with blanks` });
    await call("PUT", "/keys/openai", `{"key":"${planted["a broken body"]}"`);
    await call("PUT", "/webhooks/endpoints/other", {
      url: `https://10.0.0.1/${planted["the address of an endpoint"]}`,
    });
    await call("PUT", "/webhooks/endpoints/other", { url: `no address ${planted["the address of an endpoint"]}` });
    const { artifacts, appId } = (await call("GET", `/jobs/${jobId}`)).json;
    for (const path of [
      "/jobs",
      "/apps",
      `/apps/${appId}`,
      `/jobs/${jobId}/events`,
      `/jobs/${jobId}/audit`,
      "/audit?from=2020-01-01T00:00:00Z",
      "/keys/openai",
      "/webhooks/endpoints",
      "/webhooks/endpoints/hook/deliveries",
      "/status",
    ])
      expect((await call("GET", path)).status).toBe(200);
    const found = Object.entries(planted).filter(([, secret]) => holds(Buffer.from(told.join("\n")), formsOf(secret)));
    expect(found.map(([what]) => what)).toEqual([]);
    expect(artifacts.length).toBeGreaterThan(0);
  }, 60_000);

  it("no file of the platform holds one: state, ledger, blobs, images, logs, pages; its own secrets are where they belong only", async () => {
    const { developer } = platform.readJson<{ developer: { clientSecret: string } }>("emulator.json");
    const passphrase = platform.readText("passphrase").trim();
    await platform.stop();
    const found = Object.entries(planted).flatMap(([what, secret]) =>
      filesWith(platform.dataDir, secret).map((file) => `${what}: ${file}`),
    );
    expect(found).toEqual([]);
    expect(filesWith(platform.dataDir, passphrase)).toEqual(["passphrase"]);
    // The directory of the local Azure stands in for Entra, which knows the secret too.
    expect(filesWith(platform.dataDir, developer.clientSecret)).toEqual(["azure.db", "emulator.json"]);
    expect(
      Object.entries(planted).filter(([, secret]) => holds(Buffer.from(platform.output), formsOf(secret))),
    ).toEqual([]);
  }, 120_000);
});
