import { createHash, createHmac, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { setDefaultCACertificates } from "node:tls";
import { writeZip } from "@devfactory/automation/archive/zip.ts";
import { blobService } from "@devfactory/automation/azure/blobService.ts";
import type { Artifact } from "@devfactory/automation/jobs/documents.ts";
import { isTerminal } from "@devfactory/automation/jobs/states.ts";
import { CosmosKeyRows } from "@devfactory/automation/keys/keyRows.ts";
import { KeyStore } from "@devfactory/automation/keys/keyStore.ts";
import { Endpoints } from "@devfactory/automation/notify/endpoints.ts";
import { startReceiver } from "@devfactory/automation/notify/testing/receiver.ts";
import { KeyVaultHelper } from "@devfactory/automation/orchestrator/keyVaultHelper.ts";
import { OutboundClient } from "@devfactory/automation/outbound/outboundClient.ts";
import { Redactor } from "@devfactory/automation/redact.ts";
import { forgetFiles } from "@devfactory/automation/workflow/destroy.ts";
import type { JobSession } from "@devfactory/automation/workflow/jobSession.ts";
import type { WorkflowServices } from "@devfactory/automation/workflow/services.ts";
import type { Step } from "@devfactory/automation/workflow/step.ts";
import { sync } from "@devfactory/automation/workflow/sync.ts";
import { runCleanup } from "@devfactory/automation/workflow/work.ts";
import { startVault } from "@devfactory/emulator/services/keyVault/harness.ts";
import { testStorage } from "@devfactory/emulator/services/storage/testStorage.ts";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { apiOver } from "./apiOver.ts";
import { faultPlan, wayTo } from "./faultRate.ts";
import { openHouse, TENANT } from "./house.ts";

const PATIENT = { timeout: 40_000, interval: 50 };
const HOOK_SECRET = "a-secret-of-a-hook-0123456789";

/** Ledger, queue, vault and blobs, all real, and an API and workers over them. */
async function openService() {
  const house = await openHouse();
  await house.cosmos.container("keys", { partitionKey: { paths: ["/tenantId"], kind: "Hash" } });
  const storage = await testStorage(house.cosmos.context);
  for (const name of ["workspaces", "jobs", "feedback"]) await storage.put(`blobServices/default/containers/${name}`);
  const vault = await startVault();
  setDefaultCACertificates([house.cosmos.context.certificates.ca]);
  await vault.client().setSecret("github-webhook-secret", HOOK_SECRET);
  const key_ops = ["wrapKey", "unwrapKey", "sign", "verify"];
  await vault.call("POST", "keys/wrapping/create", { kty: "RSA", key_size: 3072, key_ops });
  const ways = [
    await wayTo(vault.uri, vault.context.certificates),
    await wayTo(storage.endpoints.blob, storage.context.certificates),
  ] as const;
  let now = 0;
  const forgetful = () => (now += 600_000); // nothing is kept: each question goes to the vault
  const helper = new KeyVaultHelper(ways[0].url, vault.context.credential("officer"), new Redactor(), forgetful);
  const service = blobService(ways[1].url, storage.context.credential("owner"));
  const [workspaces, jobs, feedback] = ["workspaces", "jobs", "feedback"].map((name) =>
    service.getContainerClient(name),
  );
  if (!workspaces || !jobs || !feedback) throw new Error("no containers");
  const works: string[] = [];
  const cleared: string[] = [];
  const clear = async (jobId: string) => {
    cleared.push(jobId);
    return [];
  };
  const app = apiOver(house, helper, {
    blobs: { workspaces, jobs, feedback },
    work: async (work) => void works.push(JSON.stringify(work)),
  });
  const rows = new CosmosKeyRows(house.database.container("keys"));
  const past = new KeyVaultHelper(vault.uri, vault.context.credential("officer"), new Redactor());
  const keys = new KeyStore({ rows, wrapper: past.wrapper("wrapping") });
  return {
    house,
    app,
    /** As they are stored. */
    endpoints: new Endpoints({ store: house.store, keys, outbound: new OutboundClient({ reach: "loopback" }) }),
    works,
    ways,
    /** The containers as they are, past all faults. */
    there: storage.blobs("owner"),
    /** Jobs of which nothing is left where agents run. */
    cleared,
    services: { workspaces, artifacts: jobs, agents: { clear } } as unknown as WorkflowServices,
    [Symbol.asyncDispose]: async () => {
      for (const way of ways) await way[Symbol.asyncDispose]();
      await vault[Symbol.asyncDispose]();
      await storage[Symbol.asyncDispose]();
      await house[Symbol.asyncDispose]();
    },
  };
}

let service: Awaited<ReturnType<typeof openService>>;
beforeAll(async () => {
  service = await openService();
});
afterAll(() => service[Symbol.asyncDispose]());

/** A client that sends a request again, as it is, when the answer is that the service cannot say (503), or that it is on its way. */
async function ask(
  method: string,
  path: string,
  body?: object | Buffer,
  headers: Readonly<Record<string, string>> = {},
) {
  const type = Buffer.isBuffer(body) ? "application/zip" : "application/json";
  const sent = {
    method,
    headers: {
      authorization: "Bearer header.payload.signature",
      "idempotency-key": randomUUID(),
      ...(body && !(body instanceof FormData) && { "content-type": type }),
      ...headers,
    },
    ...(body && { body: Buffer.isBuffer(body) || body instanceof FormData ? body : JSON.stringify(body) }),
  };
  for (;;) {
    const answer = await service.app.request(path, sent as RequestInit);
    const text = Buffer.from(await answer.arrayBuffer());
    const json = () => JSON.parse(text.toString("utf8"));
    if (answer.status !== 503 && !(answer.status === 409 && json().code === "STILL_ACCEPTING"))
      return { status: answer.status, bytes: text, json: () => json() };
    await sleep(50);
  }
}

/** What a destroy does with an app's files; its stack has tests of its own. */
const forget: Step<{ readonly appId: string }, object> = {
  name: "destroy",
  timeoutMs: 30_000,
  run: async ({ appId }, context) => {
    await forgetFiles(appId, context);
    return {};
  },
};

const sha256 = (content: string | Buffer) => createHash("sha256").update(content).digest("hex");
const FILES: ReadonlyMap<string, string> = new Map([
  ["package.json", '{"name":"shop","scripts":{"start":"node server.js"}}'],
  ["server.js", 'require("http").createServer((_, r) => r.end("ok")).listen(process.env.PORT);'],
  ...Array.from({ length: 12 }, (_, index) => [`frontend/page-${index}.html`, `<p>page ${index}</p>`] as const),
]);
const zipOf = (files: ReadonlyMap<string, string>) =>
  writeZip(new Map([...files].map(([path, text]) => [path, { content: Buffer.from(text), executable: false }])));

async function ended(jobId: string) {
  return vi.waitFor(async () => {
    const job = await service.house.ledger.job(TENANT, jobId);
    expect(isTerminal(job.state)).toBe(true);
    return job;
  }, PATIENT);
}

it("an app's files, sent in parts, are stored once each; a job makes its artifacts of them; a destroyed app leaves none", async () => {
  const { house, services, there } = service;
  const made = await ask("POST", "/apps", { title: "shop" });
  expect(made.status).toBe(201);
  const appId = String(made.json().id);
  const manifest = { files: [...FILES].map(([path, text]) => ({ path, sha256: sha256(text) })) };
  const first = await ask("POST", `/apps/${appId}/source`, manifest);
  expect([first.status, first.json().missing.length]).toEqual([200, FILES.size]);
  const parts = [new Map([...FILES].slice(0, 5)), new Map([...FILES].slice(5))];
  for (const part of parts) {
    expect((await ask("POST", `/apps/${appId}/source?partial=true`, zipOf(part))).status).toBe(202);
  }
  const second = await ask("POST", `/apps/${appId}/source`, manifest);
  expect([second.status, second.json().source.files, second.json().stored]).toEqual([201, FILES.size, 0]);
  const names = async (container: string, prefix: string) => {
    const found: string[] = [];
    for await (const { name } of there.getContainerClient(container).listBlobsFlat({ prefix })) found.push(name);
    return found;
  };
  expect((await names("workspaces", `apps/${appId}/files/`)).length).toBe(new Set(FILES.values()).size);

  const outcome = (work: (session: JobSession) => Promise<unknown>) => async (session: JobSession) => {
    await work(session);
    return { kind: "done" } as const;
  };
  const worker = house.startWorker(
    outcome(async (session) => {
      const { job } = session.options;
      if (job.kind === "destroy") {
        await session.step(forget, { appId });
        await session.commit(() => ({ app: { status: "destroyed" } }));
      } else await session.step(sync, { workspace: job.source?.workspace ?? "" });
    }),
    { services, cleanup: runCleanup },
  );
  const deployed = await ask("POST", "/deploy", { appId });
  expect(deployed.status).toBe(202);
  const jobId = String(deployed.json().deploymentId);
  const job = await ended(jobId);
  expect([job.state, job.artifacts.map(({ name }) => name)]).toEqual(["succeeded", ["frontend.zip", "source.zip"]]);
  expect((await names("jobs", `${jobId}/source/`)).length).toBe(FILES.size);
  for (const { name, sha256: hash, bytes } of job.artifacts as readonly Artifact[]) {
    const file = await ask("GET", `/jobs/${jobId}/artifacts/${name}`);
    expect([file.status, file.bytes.byteLength, sha256(file.bytes)]).toEqual([200, bytes, hash]);
  }
  const gone = await ask("DELETE", `/apps/${appId}`);
  expect(gone.status).toBe(202);
  expect((await ended(String(gone.json().id))).state).toBe("succeeded");
  await worker.stop();
  expect([...new Set(service.cleared)]).toEqual([jobId, String(gone.json().id)]);
  expect(await names("workspaces", `apps/${appId}/`)).toEqual([]);
  expect((await ask("GET", `/apps/${appId}`)).json().status).toBe("destroyed");
}, 90_000);

it("a key counts each replacement once, and is gone once", async () => {
  const key = (n: number) => ({ key: `sk-of-a-tenant-0123456789-${n}` });
  for (let n = 1; n <= 6; n++) {
    const put = await ask("PUT", "/keys/anthropic", key(n));
    expect([put.status, put.json().version, put.json().last4]).toEqual([200, n, `89-${n}`]);
  }
  expect((await ask("DELETE", "/keys/anthropic")).status).toBe(204);
  expect((await ask("GET", "/keys/anthropic")).status).toBe(404);
}, 60_000);

it("the secret of an endpoint that is shown is the one that is stored, also after rotations; a ping is one", async () => {
  await using hook = await startReceiver(() => 200);
  const wish = { url: hook.url, kind: "webhook", events: ["job.failed"] };
  for (let n = 0; n < 6; n++) {
    const name = `hook-${n}`;
    const made = await ask("PUT", `/webhooks/endpoints/${name}`, wish);
    expect([made.status, typeof made.json().secret]).toEqual([201, "string"]);
    const rotated = await ask("POST", `/webhooks/endpoints/${name}/rotate`);
    const secrets = await service.endpoints.secrets(await service.endpoints.get(TENANT, name));
    expect([secrets.secret, secrets.previous?.secret]).toEqual([rotated.json().secret, made.json().secret]);
    expect((await ask("POST", `/webhooks/endpoints/${name}/ping`)).status).toBe(202);
    expect((await ask("GET", `/webhooks/endpoints/${name}/deliveries`)).json().deliveries.length).toBe(1);
    expect((await ask("DELETE", `/webhooks/endpoints/${name}`)).status).toBe(204);
    expect((await ask("GET", `/webhooks/endpoints/${name}`)).status).toBe(404);
  }
}, 60_000);

it("each delivery of a webhook is worked on once, however often its sender repeats it", async () => {
  const { works } = service;
  works.length = 0;
  for (let n = 0; n < 15; n++) {
    const repository = { clone_url: `https://github.com/owner/name-${n}.git` };
    const push = JSON.stringify({ ref: "refs/heads/main", after: "a".repeat(40), deleted: false, repository });
    const signature = `sha256=${createHmac("sha256", HOOK_SECRET).update(push).digest("hex")}`;
    const headers = {
      "x-github-event": "push",
      "x-github-delivery": `delivery-${n}`,
      "x-hub-signature-256": signature,
      "content-type": "application/json",
    };
    const takes: string[] = [];
    for (let again = 0; again < 2; again++) {
      const answer = await ask("POST", "/webhooks/github", Buffer.from(push), headers);
      expect(answer.status).toBe(202);
      takes.push(String(answer.json().taken));
    }
    expect(takes).toEqual(["new", "repeated"]);
  }
  await vi.waitFor(() => expect(new Set(works).size).toBe(15), PATIENT);
  expect(works.length).toBe(15);
}, 60_000);

it("words with files answer a waiting job and change a finished one: each once, with every file", async () => {
  const { house, there } = service;
  const worker = house.startWorker(async ({ options: { job } }) =>
    job.kind === "create" && job.answers.length === 0 ? { kind: "waiting", questions: ["Which?"] } : { kind: "done" },
  );
  const form = (content: string) => {
    const body = new FormData();
    body.set("content", content);
    for (const name of ["a.txt", "b.txt"]) body.append("files", new File([`${content} ${name}`], name));
    return body;
  };
  const job = await ask("POST", "/jobs", { prompt: "a clinic" });
  const id = String(job.json().id);
  const waiting = () =>
    vi.waitFor(async () => expect((await house.ledger.job(TENANT, id)).state).toBe("waiting"), PATIENT);
  await waiting();
  const answered = await ask("POST", `/jobs/${id}/feedback`, form("the red one"));
  expect([answered.status, answered.json().fileRefs.length]).toEqual([201, 2]);
  expect((await ended(id)).answers).toEqual(["the red one"]);
  const changed = await ask("POST", `/jobs/${id}/feedback`, form("more red"));
  expect(changed.status).toBe(201);
  const edit = await ended(String(changed.json().jobId));
  await worker.stop();
  expect([edit.kind, edit.prompt, edit.fileRefs.length]).toEqual(["edit", "more red", 2]);
  for (const ref of edit.fileRefs) {
    const blob = there.getContainerClient("feedback").getBlobClient(ref.replace("feedback/", ""));
    expect((await blob.downloadToBuffer()).toString("utf8")).toBe(`more red ${ref.split("/").at(-1)}`);
  }
  const { feedback } = (await ask("GET", `/jobs/${id}/feedback`)).json();
  expect(feedback.map((each: { content: string }) => each.content).sort()).toEqual(["more red", "the red one"]);
}, 90_000);

it("an app's end is what was asked for last", async () => {
  const { id } = (await ask("POST", "/apps", { title: "shop" })).json();
  for (let hours = 1; hours <= 5; hours++) {
    expect((await ask("PUT", `/apps/${id}/expiry`, { hours })).status).toBe(200);
  }
  expect((await ask("GET", `/apps/${id}`)).json().expiresAt).toMatch(/^20/);
  expect((await ask("DELETE", `/apps/${id}/expiry`)).status).toBe(200);
  expect((await ask("GET", `/apps/${id}`)).json().expiresAt).toBeUndefined();
}, 60_000);

it.runIf(faultPlan())("faults were met on every way", () => {
  const lost = service.ways.map((way) => way.lost);
  for (const { before, after } of lost) expect(before + after).toBeGreaterThan(0);
  for (const when of ["before", "after"] as const) expect(lost.some((each) => each[when] > 0)).toBe(true);
});
