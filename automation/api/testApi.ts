import { Expiries } from "../care/expiries.ts";
import { AutomationError } from "../errors.ts";
import { AppSources } from "../jobs/appSources.ts";
import { appPk, type JobDocument, jobDocId } from "../jobs/documents.ts";
import { JobWatch } from "../jobs/jobWatch.ts";
import { JobLedger } from "../jobs/ledger.ts";
import { MeasuredDurations } from "../jobs/measuredDurations.ts";
import { Outbox } from "../jobs/outbox.ts";
import { Reservations } from "../jobs/reservations.ts";
import type { JobState } from "../jobs/states.ts";
import { TenantPlans } from "../jobs/tenantPlans.ts";
import { MemoryStore } from "../jobs/testing/memoryStore.ts";
import { KeyStore } from "../keys/keyStore.ts";
import { MemoryKeyRows, processWrapper } from "../keys/testing/memoryKeys.ts";
import { createLogger } from "../logger.ts";
import { createModels } from "../models/createModels.ts";
import { ModelUpstreams } from "../models/upstreams.ts";
import { announcing } from "../notify/announce.ts";
import { Endpoints } from "../notify/endpoints.ts";
import type { MailSettings } from "../notify/mailSettings.ts";
import { OutboundClient } from "../outbound/outboundClient.ts";
import { Redactor } from "../redact.ts";
import { sharingOf, type TenantLimits, tenantLimits } from "../schedule/limits.ts";
import { Scheduler } from "../schedule/scheduler.ts";
import type { GitOptions } from "../source/git.ts";
import { SourceIntake } from "../source/intake.ts";
import { SourceStore } from "../source/sourceStore.ts";
import { MemoryContainer } from "../source/testing/memoryContainer.ts";
import { Deliveries } from "../webhooks/deliveries.ts";
import { deliveryWork } from "../webhooks/deliveryWork.ts";
import { Repositories } from "../webhooks/repositories.ts";
import { stripeClient } from "../webhooks/stripeClient.ts";
import { vaultSecrets } from "../webhooks/vaultSecrets.ts";
import { createApp } from "./app.ts";
import type { Principal } from "./auth.ts";
import { tenantAudit } from "./tenantAudit.ts";
import type { V2Options } from "./v2Deploy.ts";

const RIGHTS: Readonly<Record<string, readonly string[]>> = {
  read: ["Jobs.Read"],
  write: ["Jobs.Read", "Jobs.Write"],
  operator: ["Jobs.Read", "Jobs.Write"],
};

/** Who a test's token `<tenant>.<user>.<rights>` stands for; token verification has tests of its own. */
function principalOf(token: string): Principal {
  const [tenantId = "", userId = "", rights = ""] = token.split(".");
  if (tenantId === "bad") throw new AutomationError("UNAUTHORIZED", { reason: "Refused: a bad token." });
  return {
    tenantId,
    userId,
    granted: new Set(RIGHTS[rights] ?? ["x"]),
    roles: new Set(rights === "operator" ? ["operator"] : ["member"]),
  };
}

/** The API on a store in memory: for what routes do, not for what the store promises. */
export function testApi(
  options: Partial<TenantLimits> & {
    readonly slots?: number;
    readonly git?: Partial<GitOptions>;
    readonly v2?: V2Options;
    /** Secrets of the vault, by name. */
    readonly secrets?: Readonly<Record<string, string>>;
    readonly stripeBase?: string;
    readonly mail?: MailSettings;
    readonly upstreams?: Partial<ModelUpstreams>;
    /** What models by key tell. */
    readonly told?: object[];
    /** Of the spending month. */
    readonly now?: () => number;
  } = {},
) {
  const store = new MemoryStore();
  const log = createLogger("test", "silent", new Redactor());
  const {
    slots = 1_000,
    git,
    v2,
    secrets = {},
    stripeBase = "https://stripe.invalid",
    mail,
    upstreams,
    told = [],
    now = Date.now,
    ...own
  } = options;
  const limits = tenantLimits({ jobsPerMinute: 10_000, concurrent: 1_000, ...own });
  const published: string[] = [];
  const publisher = { publish: async ({ jobId }: { jobId: string }) => void published.push(jobId) };
  const reservations = new Reservations(store, Date.now, limits);
  const scheduler = new Scheduler({ store, publisher, sharing: sharingOf(slots, limits) });
  const outbox = new Outbox({ store, publisher, scheduler, reservations, log, ...announcing(store) });
  const ledger = new JobLedger({ store, limitsOf: limits, dispatch: outbox.dispatch });
  const uploads = new Map<string, Buffer>();
  const verified: string[] = [];
  const health = { ready: true, queue: true, degraded: false };
  const apps = new AppSources(store, store);
  const blobs = new MemoryContainer();
  const outbound = new OutboundClient({ reach: "loopback" });
  const hosts = { hosts: ["github.com"], outbound, ...git };
  const keyRows = new MemoryKeyRows();
  const wrapper = processWrapper();
  const keys = new KeyStore({ rows: keyRows, wrapper });
  const tell = (line: object) => void told.push(line);
  const models = createModels({
    ...{ rows: keyRows, keys, outbound, upstreams: ModelUpstreams.parse(upstreams ?? {}), now },
    log: { info: tell, warn: tell } as never,
  });
  const endpoints = new Endpoints({ store, keys, outbound, mail: () => mail });
  const vault = { secret: async (name: string) => secrets[name] };
  const repositories = new Repositories(store);
  const sources = new SourceIntake({
    store: new SourceStore(blobs.client()),
    apps,
    git: hosts,
    onGit: (appId, url) => repositories.connect(appId, url),
  });
  const plans = new TenantPlans(store);
  const stripe = () => stripeClient(vault, stripeBase);
  const work = deliveryWork({ repositories, sources, ledger, plans, stripe, log });
  const deliveries = new Deliveries({ store, work, log });
  const rules = () => ({ noticeMs: 86_400_000, graceMs: 86_400_000 });
  const expiries = new Expiries({ store, projections: store, rules });
  const app = createApp({
    apps,
    expiries,
    durations: new MeasuredDurations(store),
    sources,
    gitHosts: hosts.hosts,
    webhooks: { secrets: vaultSecrets(vault), deliveries },
    ledger,
    jobWatch: new JobWatch({ store, log }),
    store,
    scheduler,
    limitsOf: limits,
    projections: store,
    verifier: {
      verify: async (token) => {
        verified.push(token);
        return principalOf(token);
      },
    },
    artifacts: {
      getBlobClient: () => {
        throw new Error("no blobs here");
      },
    },
    links: {
      make: async ({ container, blob }) => ({
        url: `https://blobs.example/${container}/${blob}?signed`,
        expiresAt: "2026-01-01T00:15:00.000Z",
      }),
    },
    attachments: {
      getBlockBlobClient: (name: string) =>
        ({ uploadData: async (data: ArrayBuffer) => void uploads.set(name, Buffer.from(data)) }) as never,
    },
    keys,
    models,
    endpoints,
    tenantAudit: tenantAudit(store),
    log,
    isDegraded: () => health.degraded,
    ready: async () => {
      if (!health.ready) throw new Error("the ledger does not answer");
    },
    dependencies: {
      ledger: async () => {
        if (!health.ready) throw new Error("the ledger does not answer");
      },
      queue: async () => {
        if (!health.queue) throw Object.assign(new Error("password=secret at host"), { code: "ECONNREFUSED" });
      },
    },
    v2: v2 ?? { share: 100 },
    dashboardOrigins: ["https://dashboard.example"],
  });
  const call = async (
    method: string,
    path: string,
    body?: unknown,
    token = "t1.u1.write",
    headers: Record<string, string> = {},
  ) => {
    const isForm = body instanceof FormData;
    const isRaw = typeof body === "string" || body instanceof Uint8Array;
    const response = await app.request(path, {
      method,
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(body === undefined || isForm ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isForm || isRaw ? (body as BodyInit) : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = (response.headers.get("content-type") ?? "").includes("json");
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
  };
  return {
    app,
    call,
    blobs,
    deliveries,
    endpoints,
    keyRows,
    keys,
    models,
    outbound,
    plans,
    store,
    ledger,
    outbox,
    scheduler,
    published,
    uploads,
    health,
    /** Tokens that were looked at, in order. */
    verified,
    wrapper,
  };
}

/** An API that has a job in a state. */
export async function jobIn(state: JobState, api = testApi()) {
  const made = (await api.call("POST", "/jobs", { prompt: "a clinic" })).json;
  const found = await api.store.read<JobDocument>(appPk(made.appId), jobDocId(made.id));
  if (!found) throw new Error("no job");
  await api.store.batch(appPk(made.appId), [{ kind: "replace", doc: { ...found.doc, state }, etag: found.etag }]);
  return { api, id: String(made.id), appId: String(made.appId) };
}
