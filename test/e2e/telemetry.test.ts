import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { OtlpReceiver, type Received } from "./otlpReceiver.ts";
import { CHECKOUT, Platform } from "./platform.ts";

const JOB_METRICS = ["devfactory.jobs", "devfactory.job.duration", "devfactory.job.wait", "devfactory.step.duration"];
const QUEUE_METRICS = ["devfactory.queue.depth", "devfactory.queue.oldest", "devfactory.queue.slots"];

/** Of one deployment of a folder with one service. */
const TREE = [
  "api: POST /deploy",
  "  api: send jobs",
  "    worker: process jobs",
  "      worker: job deploy",
  "        worker: step build",
  "        worker: step cleanup",
  "        worker: step container",
  "        worker: step deploy",
  "          worker: deployment up",
  "            deployment: pulumi preview",
  "            deployment: pulumi stack select",
  "            deployment: pulumi up",
  "              deployment: create azure-native:app:ContainerApp",
  "              deployment: create azure-native:app:ManagedEnvironment",
  "              deployment: create azure-native:authorization:RoleAssignment",
  "              deployment: create azure-native:managedidentity:UserAssignedIdentity",
  "              deployment: create azure-native:monitor:DiagnosticSetting",
  "              deployment: create azure-native:operationalinsights:Workspace",
  "              deployment: create azure-native:resources:ResourceGroup",
  "              deployment: create devfactory:azure:Access",
  "              deployment: create devfactory:azure:ContainerApp",
  "              deployment: create devfactory:azure:ContainerEnvironment",
  "              deployment: create devfactory:azure:Monitoring",
  "              deployment: create pulumi:providers:azure-native",
  "        worker: step sync",
  "        worker: step validate",
];

class Watched extends Platform {
  endpoint = "";
  override get env(): NodeJS.ProcessEnv {
    return { ...super.env, OTEL_EXPORTER_OTLP_ENDPOINT: this.endpoint, OTEL_METRIC_EXPORT_INTERVAL: "2000" };
  }
}

const platform = new Watched();
const work = mkdtempSync(join(tmpdir(), "devfactory-telemetry-"));
let receiver: OtlpReceiver;

beforeAll(async () => {
  receiver = await OtlpReceiver.start();
  platform.endpoint = receiver.endpoint;
  await platform.start(/Ready after/);
  cpSync(join(CHECKOUT, "test", "fixtures", "projects", "node-plain"), join(work, "notes"), { recursive: true });
}, 180_000);

afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
  rmSync(work, { recursive: true, force: true });
}, 120_000);

/** The tree under a span, one line for each: depth, process and name; siblings by name. */
function tree(spans: readonly Received[], parentSpanId = "", depth = 0): readonly string[] {
  return spans
    .filter((each) => each.parentSpanId === parentSpanId)
    .sort((a, b) => a.name.localeCompare(b.name, "en"))
    .flatMap((each) => [
      `${"  ".repeat(depth)}${each.service.replace("devfactory-", "")}: ${each.name}`,
      ...tree(spans, each.spanId, depth + 1),
    ]);
}

it("a deployment is one tree through API, queue, worker, its process and each operation of the engine", async () => {
  const { code, stdout, stderr } = await platform.devfactory("deploy", join(work, "notes"), "--output", "json");
  expect(code, stderr).toBe(0);
  const { deploymentId } = JSON.parse(stdout) as { deploymentId: string };
  const traceOf = () => {
    const job = receiver.spans.find((each) => each.attributes["job.id"] === deploymentId);
    return receiver.spans.filter((each) => each.traceId === job?.traceId);
  };
  await vi.waitFor(() => expect(traceOf().some(({ name }) => name === "process jobs")).toBe(true), 20_000);
  const spans = traceOf();
  const own = spans.filter(({ scope }) => scope === "devfactory");
  expect(tree(own)).toEqual(TREE);
  // Calls of Azure's clients hang in the same tree: none of them has a parent that is not there.
  const known = new Set(spans.map(({ spanId }) => spanId));
  const clients = spans.filter(({ scope }) => scope.startsWith("@azure/"));
  expect(new Set(clients.map(({ scope }) => scope))).toContain("@azure/storage-blob");
  expect(clients.filter(({ parentSpanId }) => !known.has(parentSpanId))).toEqual([]);
}, 180_000);

it("each process tells its metrics, and nothing secret leaves", async () => {
  await vi.waitFor(() => {
    expect([...(receiver.metrics.get("devfactory-worker") ?? [])].sort()).toEqual(
      [...JOB_METRICS, ...QUEUE_METRICS, "devfactory.store.duration"].sort(),
    );
    expect([...(receiver.metrics.get("devfactory-api") ?? [])].sort()).toEqual([
      "devfactory.store.duration",
      "http.server.request.duration",
    ]);
  }, 20_000);
  const { env } = platform.readJson<{ env: Record<string, string> }>("emulator.json");
  const secrets = [env.AZURE_CLIENT_SECRET, readFileSync(String(env.PULUMI_CONFIG_PASSPHRASE_FILE), "utf8").trim()];
  expect(secrets.map((secret) => [Boolean(secret), receiver.text.includes(String(secret))])).toEqual([
    [true, false],
    [true, false],
  ]);
  expect(receiver.text).not.toMatch(/eyJ[\w-]{8,}\.[\w-]{8,}/); // no token
}, 60_000);
