import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { NO_FACTS } from "@devfactory/checks/index.ts";
import type { AppSpec } from "@devfactory/stacks/spec/index.ts";
import { afterAll, beforeAll } from "vitest";
import type { FileSet } from "../../archive/fileSet.ts";
import type { BuildRequest } from "../../build/registryBuilder.ts";
import { AppSources } from "../../jobs/appSources.ts";
import { withDomain } from "../../jobs/domains.ts";
import { Lease } from "../../jobs/lease.ts";
import { JobLedger } from "../../jobs/ledger.ts";
import { MemoryStore } from "../../jobs/testing/memoryStore.ts";
import { Redactor } from "../../redact.ts";
import { tenantLimits } from "../../schedule/limits.ts";
import { SourceStore } from "../../source/sourceStore.ts";
import { MemoryContainer } from "../../source/testing/memoryContainer.ts";
import { deployJob } from "../deployJob.ts";
import { JobSession } from "../jobSession.ts";
import type { WorkflowServices } from "../services.ts";

/** The domain that the stack tells the records of. */
export const HOST = "www.example.org";
export const TXT = { type: "TXT", name: `asuid.${HOST}`, value: "proof" } as const;

/** A program that is detected as Node.js and answers `/health`. */
export const NODE = {
  "package.json": '{"name":"notes","scripts":{"start":"node s.js"}}',
  "s.js": 'if (request.url === "/health") listen(process.env.PORT)',
};

export const TENANT = { tenantId: "t1", userId: "u1" };
/** The files of a project, by path. */
export const files = (entries: Record<string, string>): FileSet =>
  new Map(Object.entries(entries).map(([path, text]) => [path, { content: Buffer.from(text), executable: false }]));

/** Stands for what was deployed. */
const running = createServer((request, response) => response.writeHead(request.url === "/health" ? 200 : 404).end());
let url = "";
beforeAll(async () => {
  await new Promise<void>((resolve) => running.listen(0, "localhost", resolve));
  url = `http://localhost:${(running.address() as AddressInfo).port}`;
});
afterAll(() => void running.close());

/** An app with a source, its deployment under a lease, and services that write down what they are asked for. */
export async function open(
  project: FileSet,
  options: {
    monthlyUsd?: number;
    /** Parts of each estimate, in turn, that have no price. */
    unpriced?: number[];
    builds?: (request: BuildRequest) => void;
    /** May refuse a deployment of the stack, by its configuration. */
    ups?: (config: Readonly<Record<string, string>>) => void;
    /** The zone of a domain: `TYPE name` → values. */
    zone?: Readonly<Record<string, readonly string[]>>;
    multiRegion?: boolean;
    repos?: WorkflowServices["repos"];
    /** Takes no plan before it is previewed. */
    recordFails?: boolean;
  } = {},
) {
  const store = new MemoryStore();
  const dispatch = () => {};
  const blobs = new MemoryContainer();
  const ledger = new JobLedger({ store, limitsOf: tenantLimits(), dispatch });
  const apps = new AppSources(store, store);
  const sources = new SourceStore(blobs.client());
  const { appId } = await apps.create(TENANT, { title: "Notes" });
  const bring = async (given: FileSet) => {
    const source = { ...(await sources.save(appId, given)), from: "upload", at: "2026-01-01T00:00:00Z" } as const;
    await apps.setSource(TENANT, appId, source);
    return source;
  };
  const source = await bring(project);
  const { jobId } = await ledger.addToApp(TENANT, appId, { kind: "deploy", prompt: "Deploy", source });
  const built: BuildRequest[] = [];
  const stacks: Record<string, string>[] = [];
  const services = {
    workspaces: blobs.client(),
    artifacts: new MemoryContainer().client(),
    registry: { id: "/registry", loginServer: "registry.example" },
    builder: {
      size: { cpu: 2, memoryGib: 4 },
      probe: async () => {},
      build: async (request: BuildRequest) => {
        built.push(request);
        options.builds?.(request);
        return {
          runId: "r1",
          digest: `sha256:${built.length}`,
          reference: `registry.example/${request.repository}@sha256:${built.length}`,
          log: "ok",
          durationMs: 1,
        };
      },
    },
    deployer: {
      prepare: () => {},
      run: async (request: { config: Record<string, string> }, hooks: { onPlan: (plan: []) => Promise<void> }) => {
        await hooks.onPlan([]);
        stacks.push(request.config);
        options.ups?.(request.config);
        const names = (
          JSON.parse(request.config["devfactory:spec"] ?? "{}") as { services: { name: string; kind: string }[] }
        ).services;
        return {
          outputs: {
            url,
            services: names.map(({ name, kind }) => ({ name, kind, url })),
            ...recordsOf(request.config),
          },
          changes: { create: 1 },
        };
      },
    },
    ...(options.repos && { repos: options.repos }),
    lookupDns: async (type: string, name: string) => options.zone?.[`${type} ${name}`] ?? [],
    revisions: { notReady: async () => [], lastLines: async () => ["TypeError: x is not a function"] },
    estimate: () => {
      const unpricedParts = options.unpriced?.shift() ?? 0;
      const found = { monthlyUsd: options.monthlyUsd ?? 1, pricesAsOf: "2026-01-01", unsupported: [], resources: [] };
      return { ...found, ...(unpricedParts > 0 && { unpricedParts }) };
    },
    recordPlan: async ({ spec, images }: { spec: AppSpec; images: object }) => {
      if (options.recordFails) throw new Error("no process is to be had");
      return spec.resources.map(({ name }) => ({
        urn: `urn:pulumi:plan::devfactory-app::azure-native:containerregistry:Registry::${name}`,
        type: "azure-native:containerregistry:Registry",
        name,
        inputs: { images },
      }));
    },
    policies: { gate: { dev: "warn", standard: "block", production: "block" }, waivers: [] },
    notify: [],
    askAzure: async () => NO_FACTS,
    appScheme: "http",
    autoScaling: true,
    get multiRegion() {
      return options.multiRegion ?? false;
    },
    defaultBudgetUsd: 500,
    deploymentTimeoutMs: 10_000,
  } as unknown as WorkflowServices;
  const domains = async () => (await ledger.app(TENANT, appId)).domains ?? {};
  /** Asks for a domain, and has the work done. */
  const give = async (host: string) => {
    await apps.changeDomains(TENANT, appId, (app, now) => withDomain(app, TENANT, { host }, now));
    return (await ledger.addToApp(TENANT, appId, { kind: "deploy", prompt: host, from: { kind: "domain", host } }))
      .jobId;
  };
  const start = async (id = jobId) => {
    const lease = await Lease.acquire(appId, { store, holder: "w", leaseMs: 60_000, dispatch });
    if (!lease) throw new Error("no lease");
    const job = await lease.commit(id, () => ({ moves: ["lease", "start"], job: { attempts: 1 } }));
    const { signal } = new AbortController();
    return new JobSession({
      lease,
      store,
      job,
      app: await lease.app(),
      services,
      redactor: new Redactor(),
      signal,
    });
  };
  /** Does a whole job as a worker does. */
  const work = async (id = jobId) => {
    const session = await start(id);
    await deployJob(session);
    await session.commit(() => ({ moves: ["succeed"] }));
    await session.options.lease.release();
    return ledger.job(TENANT, id);
  };
  const events = async (id = jobId) => (await ledger.events(TENANT, id, 0, 1_000)).map((event) => event.message);
  /** Another deployment of the app, of these files. */
  const again = async (given: FileSet) => {
    const next = { kind: "deploy", prompt: "Deploy", source: await bring(given) } as const;
    return (await ledger.addToApp(TENANT, appId, next)).jobId;
  };
  const job = (id = jobId) => ledger.job(TENANT, id);
  return { url, apps, domains, give, start, work, again, bring, built, stacks, events, ledger, appId, jobId, job };
}

/** What the stack tells of its domains. */
function recordsOf(config: Record<string, string>) {
  const { domains = [] } = JSON.parse(config["devfactory:deployment"] ?? "{}") as { domains?: { hostName: string }[] };
  const cname = { type: "CNAME", name: HOST, value: "web.example.net" } as const;
  return { domains: domains.map(({ hostName }) => ({ hostName, records: [cname, TXT] })) };
}
