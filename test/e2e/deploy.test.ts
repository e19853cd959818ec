import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, OUTCOMES } from "./corpus.ts";
import { CHECKOUT, Platform } from "./platform.ts";

const CORPUS = join(CHECKOUT, "test", "fixtures", "projects");

/** What `devfactory deploy --output json` prints. */
interface Deployment {
  readonly deploymentId: string;
  readonly appId: string;
  readonly status: string;
  readonly url: string;
  readonly services: readonly { readonly name: string; readonly url: string }[];
  readonly estimate: { readonly monthlyUsd: number } | null;
  readonly steps: readonly { readonly name: string; readonly status: string }[];
  readonly error?: {
    readonly step: string;
    readonly code: string;
    readonly fix: string;
    readonly log: readonly string[];
    readonly restored?: boolean;
  };
}

/** A deployment as `devfactory deployments --output json` lists it. */
interface Listed {
  readonly status: string;
  readonly version?: number;
  readonly live: boolean;
  readonly images?: Readonly<Record<string, string>>;
  readonly services: readonly { readonly revision?: string }[];
}

/** What `devfactory usage --output json` prints. */
interface Used {
  readonly apps: readonly { readonly appId: string }[];
  readonly failures: Readonly<Record<string, number>>;
}

const STEPS = ["validate", "container", "sync", "build", "deploy", "cleanup"];

/** One platform: folders are deployed to it as a person does, side by side. */
describe("bring your own code", () => {
  const platform = new Platform();
  const work = mkdtempSync(join(tmpdir(), "devfactory-projects-"));

  beforeAll(async () => {
    await platform.start(/Ready after/);
    cpSync(join(CORPUS, "node-plain"), join(work, "notes"), { recursive: true });
  }, 180_000);

  afterAll(async () => {
    await platform[Symbol.asyncDispose]();
    rmSync(work, { recursive: true, force: true });
  }, 120_000);

  /** The first deployment of the Express API: nothing of its build was there before. */
  let first = "";

  async function deploy(folder: string): Promise<Deployment & { readonly code: number; readonly stderr: string }> {
    const { code, stdout, stderr } = await platform.devfactory("deploy", folder, "--output", "json");
    if (!stdout) throw new Error(`devfactory deploy ${folder} ended with ${code}: ${stderr}`);
    return { ...(JSON.parse(stdout) as Deployment), code, stderr };
  }

  it("plain Node, a Vite site and an Express API with a lock file go up side by side and answer", async () => {
    const [node, vite, express] = await Promise.all([
      deploy(join(work, "notes")),
      deploy(join(CORPUS, "vite-npm")),
      deploy(join(CORPUS, "express-npm")),
    ]);
    for (const each of [node, vite, express]) {
      expect([each.code, each.status, each.error], each.stderr).toEqual([0, "succeeded", undefined]);
      expect(each.steps.map(({ name, status }) => [name, status])).toEqual(STEPS.map((name) => [name, "succeeded"]));
      expect(each.estimate?.monthlyUsd).toBe(0); // they sleep when nobody asks
    }
    first = express.deploymentId;
    const read = async (url: string, path = "/") => {
      const response = await fetch(new URL(path, url));
      return [response.status, await response.text()];
    };
    expect(await read(node.url)).toEqual([200, "hello\n"]);
    expect(await read(node.url, "/health")).toEqual([200, "hello\n"]);
    const [status, page] = await read(vite.url);
    expect([status, /<script type="module" crossorigin src="\/assets\/index-[\w-]+\.js">/.test(String(page))]).toEqual([
      200,
      true,
    ]);
    expect(await read(vite.url, "/any/path")).toEqual([200, page]);
    expect(await read(express.url, "/api/notes")).toEqual([200, '[{"id":1,"text":"buy milk"}]']);
  }, 240_000);

  it.concurrent("the size of each image is told, and packages of development are not in it", async () => {
    const { stdout } = await platform.devfactory("logs", first, "--output", "json");
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string; message: string; data?: Record<string, unknown> });
    const { message = "", data = {} } = events.find(({ type }) => type === "build_finished") ?? {};
    const { digest, imageBytes, peakMemoryMib } = data;
    expect(message).toBe(`api: ${(Number(imageBytes) / 1e6).toFixed(1)} MB, ${digest}`);
    const root = join(platform.dataDir, "registry", "roots", String(digest).replace("sha256:", ""));
    expect(Math.abs(Number(imageBytes) - bytesBelow(join(root, "app")))).toBeLessThan(1_500_000); // what archives add
    expect(Number(peakMemoryMib)).toBeGreaterThan(0);
    const packages = readdirSync(join(root, "app", "node_modules"));
    expect([packages.includes("express"), packages.includes("picocolors")]).toEqual([true, false]);
  }, 180_000);

  it.concurrent("the next deployment of a folder goes to the same app, sends only what changed, and keeps the address", async () => {
    const before = JSON.parse((await platform.devfactory("apps", "--output", "json")).stdout) as { apps: Deployment[] };
    writeFileSync(join(work, "notes", "note.txt"), "changed");
    const again = await deploy(join(work, "notes"));
    expect([again.code, again.stderr.includes("3 files, 1 sent")], again.stderr).toEqual([0, true]);
    const app = before.apps.find(({ appId }) => appId === again.appId);
    expect(app?.url).toBe(again.url);
    expect((await fetch(again.url)).status).toBe(200);
  }, 180_000);

  it.concurrent("Python and a program with a fixed port answer", async () => {
    for (const name of ["fastapi-pip", "node-main-ts"]) {
      const { code, services, stderr } = await deploy(join(CORPUS, name));
      expect([code, services.length], stderr).toEqual([0, 1]);
      const outcome = OUTCOMES[name];
      const [answer] = outcome && "answers" in outcome ? outcome.answers : [];
      expect(answer && (await ask(services[0]?.url ?? "", answer))).toEqual({ status: 200, shown: true });
    }
  }, 240_000);

  it.concurrent("a project that does not build fails with the step, the log's end and the way out, and another goes on", async () => {
    const broken = join(work, "broken");
    cpSync(join(CORPUS, "node-plain"), broken, { recursive: true });
    const scripts = { build: "node make-nothing.js", start: "node server.js" };
    writeFileSync(join(broken, "package.json"), JSON.stringify({ name: "broken", type: "module", scripts }));
    const failed = await deploy(broken);
    const { code, status, url, error } = failed;
    expect([code, status, url, error?.step, error?.code], failed.stderr).toEqual([
      1,
      "failed",
      null,
      "build",
      "BUILD_FAILED",
    ]);
    expect(failed.error?.log.join("\n")).toContain("Cannot find module '/app/make-nothing.js'");
    expect(failed.error?.fix).toContain("A package or file is imported that is not there");
    expect(failed.steps.map(({ status }) => status)).toEqual([
      "succeeded",
      "succeeded",
      "succeeded",
      "failed",
      "ahead",
      "succeeded",
    ]);
  }, 120_000);

  it.concurrent("a plan above its budget ends before anything is built, within seconds", async () => {
    const dear = join(work, "dear");
    cpSync(join(CORPUS, "node-plain"), dear, { recursive: true });
    const services = [{ name: "web", kind: "web", health: "/", scale: { min: 1 } }];
    const spec = { version: 1, name: "dear", title: "Dear", budget: { monthlyUsd: 1 }, services };
    writeFileSync(join(dear, "devfactory.yaml"), JSON.stringify({ ...spec, colour: "green" }));
    const refused = await platform.devfactory("deploy", dear);
    expect([refused.code, refused.stderr.includes("unknown: colour")], refused.stderr).toEqual([2, true]);
    writeFileSync(join(dear, "devfactory.yaml"), JSON.stringify(spec));
    const { appId, code, error, steps, stderr } = await deploy(dear);
    // The refused files made the app, and the mended ones go to it.
    const { stdout } = await platform.devfactory("apps", "--output", "json");
    const apps = (JSON.parse(stdout) as { apps: { appId: string; title?: string }[] }).apps;
    expect(apps.filter(({ title }) => title === "dear").map((each) => each.appId)).toEqual([appId]);
    expect([code, error?.step, error?.code], stderr).toEqual([1, "validate", "OVER_BUDGET"]);
    expect(steps.map(({ status }) => status)).toEqual(["failed", "ahead", "ahead", "ahead", "ahead", "succeeded"]);
  }, 120_000);

  it.concurrent("a blueprint is deployed by its devfactory.yaml: one image for each service's folder", async () => {
    const moment = await deploy(join(CHECKOUT, "blueprints", "moment-loop"));
    expect([moment.code, moment.services.map(({ name }) => name)], moment.stderr).toEqual([0, ["frontend", "backend"]]);
    for (const { url } of moment.services) expect((await fetch(url)).status).toBe(200);
  }, 180_000);

  it.concurrent("a version that does not start is taken back: the old one answers throughout, and any version can be brought back", async () => {
    const folder = join(work, "versions");
    cpSync(join(CORPUS, "node-plain"), folder, { recursive: true });
    const server = readFileSync(join(folder, "server.js"), "utf8");
    const say = (words: string) => writeFileSync(join(folder, "server.js"), server.replaceAll("hello", words));
    const read = async (url: string) => (await fetch(url)).text();
    const first = await deploy(folder);
    say("second");
    const second = await deploy(folder);
    expect([first.url, await read(second.url)], second.stderr).toEqual([second.url, "second\n"]);

    writeFileSync(
      join(folder, "server.js"),
      'console.log("reading settings"); throw new Error("no such setting: COLOUR");\n',
    );
    const answers = new Set<string>();
    let going = true;
    const watching = (async () => {
      for (; going; await sleep(50)) answers.add(await read(second.url).catch(String));
    })();
    const broken = await deploy(folder);
    going = false;
    await watching;
    expect([broken.code, broken.status, broken.error?.step, broken.error?.restored]).toEqual([
      1,
      "failed",
      "deploy",
      true,
    ]);
    expect(broken.error?.log.join("\n")).toContain("no such setting: COLOUR");
    expect([...answers]).toEqual(["second\n"]);

    const list = await platform.devfactory("deployments", second.appId, "--output", "json");
    const { deployments } = JSON.parse(list.stdout) as { deployments: Listed[] };
    expect(deployments.map(({ status, version, live }) => [status, version, live])).toEqual([
      ["failed", undefined, false],
      ["succeeded", 2, true],
      ["succeeded", 1, false],
    ]);
    for (const { images, services } of deployments.slice(1)) {
      expect(images?.web).toMatch(/@sha256:[0-9a-f]{64}$/);
      expect(services[0]?.revision).toMatch(/--/);
    }
    const back = await platform.devfactory("rollback", second.deploymentId, "--output", "json");
    const undone = JSON.parse(back.stdout) as Deployment;
    expect([back.code, undone.status, undone.url], back.stderr).toEqual([0, "succeeded", second.url]);
    expect(undone.steps.map(({ status }) => status)).toEqual([
      "succeeded",
      "skipped",
      "skipped",
      "skipped",
      "succeeded",
      "succeeded",
    ]);
    expect(await read(second.url)).toBe("hello\n");
    const used = JSON.parse((await platform.devfactory("usage", "--output", "json")).stdout) as Used;
    expect(used.apps.find(({ appId }) => appId === second.appId)).toMatchObject({ jobs: 4, deployments: 3, failed: 1 });
    expect(used.failures.deploy).toBe(1);
  }, 420_000);

  it.concurrent("the API reaches all that it depends on, and signs links to a job's files with its own identity", async () => {
    const apiUrl = platform.readJson<{ apiUrl: string }>("platform.json").apiUrl.replace("https:", "http:");
    const ca = readFileSync(join(platform.dataDir, "certificates", "ca.pem"), "utf8");
    setDefaultCACertificates([...getCACertificates(), ca]);
    const tokenOf = async (user: string) => (await platform.devfactory("token", "--user", user)).stdout.trim();
    const get = async (path: string, token: string) => {
      const response = await fetch(`${apiUrl}${path}`, { headers: { authorization: `Bearer ${token}` } });
      return { status: response.status, json: (await response.json()) as Record<string, unknown> };
    };
    const [operator, member] = [await tokenOf("admin@contoso.example"), await tokenOf("member@contoso.example")];
    const detailed = await get("/health/detailed", operator);
    const ok = { status: "ok", latencyMs: expect.any(Number) as number };
    expect(detailed).toEqual({
      status: 200,
      json: { status: "ok", dependencies: { ledger: ok, queue: ok, storage: ok, vault: ok } },
    });
    expect((await get("/health/detailed", member)).status).toBe(403);
    const folder = join(work, "linked");
    cpSync(join(CORPUS, "node-plain"), folder, { recursive: true });
    const { deploymentId } = await deploy(folder);
    const link = await get(`/jobs/${deploymentId}/artifacts/build-web.log/link`, member);
    expect(link.status).toBe(200);
    const { url, bytes } = link.json as { url: string; bytes: number };
    const file = await fetch(url);
    expect([file.status, Buffer.from(await file.arrayBuffer()).length]).toEqual([200, bytes]);
    expect((await fetch(url.split("?")[0] ?? "")).status).toBeGreaterThanOrEqual(401);
    // The program describes no API, so none is shown.
    const { json } = await get(`/jobs/${deploymentId}`, member);
    expect(Object.keys(json as object)).toEqual(expect.arrayContaining(["url", "services"]));
    expect(json).not.toHaveProperty("openapi");
  }, 240_000);

  it("what is no project is refused before anything is queued, with exit code 2", async () => {
    const refused = await platform.devfactory("deploy", join(CORPUS, "nothing"));
    expect([refused.code, refused.stdout]).toEqual([2, ""]);
    expect(refused.stderr).toContain("Looked for: Dockerfile; package.json");
    expect((await platform.devfactory("deploy", join(work, "absent"))).code).toBe(2);
  }, 30_000);
});

function bytesBelow(folder: string): number {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  return paths.reduce((sum, each) => sum + statSync(join(each.parentPath, each.name)).size, 0);
}
