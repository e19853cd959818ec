import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Platform } from "./platform.ts";
import { TemplateProvider } from "./templateProvider.ts";

const KEY = "canary-own-key-0123456789abcdef";
const provider = new TemplateProvider();
let platform: Platform;
let apiUrl = "";
let operator = "";

interface Job {
  readonly appId: string;
  readonly status: string;
  readonly url: string;
  readonly error?: { readonly code: string; readonly detail: string; readonly fix: string };
  readonly attempts: number;
  readonly costMetrics: { readonly aiTokens: number; readonly usd: number };
}

beforeAll(async () => {
  platform = new Platform({ DEVFACTORY_MODEL_UPSTREAMS: JSON.stringify({ openai: await provider.start() }) });
  await platform.start(/Ready after/);
  setDefaultCACertificates([...getCACertificates("default"), platform.ca()]);
  apiUrl = platform.readJson<{ apiUrl: string }>("platform.json").apiUrl.replace("https:", "http:");
  operator = (await platform.devfactory("token", "--user", "admin@contoso.example")).stdout.trim();
}, 240_000);

afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
}, 120_000);

async function call(method: string, path: string, body?: object) {
  const headers = { authorization: `Bearer ${operator}`, "content-type": "application/json" };
  const response = await fetch(`${apiUrl}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  // biome-ignore lint/suspicious/noExplicitAny: read field by field
  return { status: response.status, headers: response.headers, json: (await response.json()) as any };
}

const create = async (...more: string[]) => {
  const { stdout, stderr } = await platform.devfactory("create", "A list of books with title and author", ...more);
  return { stdout, stderr };
};
const OWN = ["--model", "openai/gpt-5-mini", "--wait", "--output", "json"];
let spentUsd = 0;

it("agents make an app with the tenant's key; what it cost is told, and the key is nowhere", async () => {
  const set = ["keys", "set", "openai", "--monthly-usd", "5", "--user"];
  const stored = await platform.devfactoryReading(`${KEY}\n`, ...set, "admin@contoso.example");
  expect(stored.stdout, stored.stderr).toMatch(/^openai {8}…cdef, stored \S+, at most 5\.00 USD a month\n$/);
  const refused = await platform.devfactoryReading(KEY, ...set, "member@contoso.example");
  expect([refused.code, refused.stdout]).toEqual([1, ""]);
  const { stdout, stderr } = await create(...OWN);
  expect(stdout, stderr).not.toBe("");
  const { jobId } = JSON.parse(stdout) as { jobId: string };
  const job = (await call("GET", `/jobs/${jobId}`)).json as Job;
  expect([job.status, job.error], stderr).toEqual(["succeeded", undefined]);
  expect((await fetch(`${job.url}/health`)).status).toBe(200);
  expect([...provider.keys]).toEqual([`Bearer ${KEY}`]);
  // F-07: the sum over the calls of all agents, and what they cost.
  expect(job.costMetrics.aiTokens).toBe(provider.tokens);
  const { spending } = (await call("GET", "/keys/openai")).json;
  expect(spending).toMatchObject({ calls: provider.calls, reservedUsd: 0 });
  expect(spending.inputTokens + spending.outputTokens).toBe(provider.tokens);
  spentUsd = spending.spentUsd;
  expect(spentUsd).toBeGreaterThan(0);
  expect(Math.abs(job.costMetrics.usd - spentUsd)).toBeLessThan(0.003); // steps are rounded to a thousandth
  const told = (await platform.devfactory("keys")).stdout;
  expect(told).toContain(`, ${spentUsd.toFixed(2)} USD spent in ${spending.month}, at most 5.00 USD a month`);
  const logs = await platform.devfactory("logs", jobId, "--output", "json");
  expect(logs.stdout + platform.output).not.toContain(KEY);
  expect(filesWith(platform.dataDir, KEY)).toEqual([]);
  expect(filesWith(platform.dataDir, "dfrun_")).toEqual([]); // what opened the gateway for a run is gone with it
}, 240_000);

it("a job that reaches the cap ends with its name and advice; the next one is refused with 402", async () => {
  await call("PUT", "/keys/openai", { key: KEY, monthlyUsd: spentUsd + 0.02 });
  const { stdout, stderr } = await create(...OWN);
  const { jobId } = JSON.parse(stdout || "{}") as { jobId: string };
  const job = (await call("GET", `/jobs/${jobId}`)).json as Job;
  expect([job.status, job.error?.code, job.attempts], stderr).toEqual(["failed", "MODEL_CAP_REACHED", 1]);
  expect(job.error?.detail).toContain(
    `The cap of ${spentUsd + 0.02} USD a month for your key of openai has no room for this`,
  );
  expect(job.error?.fix).toMatch(
    /^Wait until it resets at \d{4}-\d\d-01T00:00:00.000Z, or raise `monthlyUsd` with PUT \/keys\/openai/,
  );
  const { spending } = (await call("GET", "/keys/openai")).json;
  expect([spending.spentUsd <= spentUsd + 0.02, spending.reservedUsd]).toEqual([true, 0]);
  await call("PUT", "/keys/openai", { key: KEY, monthlyUsd: spentUsd });
  const refused = await call("POST", "/jobs", { prompt: "a shop", model: { provider: "openai", name: "gpt-5-mini" } });
  expect([refused.status, refused.json.code]).toEqual([402, "MODEL_CAP_REACHED"]);
  // Its place among the tenant's unfinished jobs was given back: only this one takes one.
  const next = await call("POST", "/jobs", { prompt: "a shop" });
  expect([next.status, next.headers.get("ratelimit")]).toEqual([202, expect.stringContaining('"unfinished";r=99')]);
  await call("POST", `/jobs/${next.json.jobId}/cancel`);
}, 240_000);

/** Files below a folder that hold a text. */
function filesWith(folder: string, text: string): readonly string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  return files
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => statSync(path).size < 64 * 1024 * 1024 && readFileSync(path).includes(text));
}
