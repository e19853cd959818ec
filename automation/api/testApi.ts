import { AutomationError } from "../errors.ts";
import { AppSources } from "../jobs/appSources.ts";
import { JobLedger } from "../jobs/ledger.ts";
import { Outbox } from "../jobs/outbox.ts";
import { Reservations } from "../jobs/reservations.ts";
import { MemoryStore } from "../jobs/testing/memoryStore.ts";
import { createLogger } from "../logger.ts";
import { Redactor } from "../redact.ts";
import type { GitOptions } from "../source/git.ts";
import { SourceIntake } from "../source/intake.ts";
import { SourceStore } from "../source/sourceStore.ts";
import { MemoryContainer } from "../source/testing/memoryContainer.ts";
import { createApp } from "./app.ts";
import type { Principal } from "./auth.ts";
import type { V2Options } from "./v2Deploy.ts";

/** Who a test's token `<tenant>.<user>.<rights>` stands for; token verification has tests of its own. */
function principalOf(token: string): Principal {
  const [tenantId = "", userId = "", rights = ""] = token.split(".");
  if (tenantId === "bad") throw new AutomationError("UNAUTHORIZED", { reason: "Refused: a bad token." });
  return {
    tenantId,
    userId,
    granted: new Set(rights === "write" ? ["Jobs.Read", "Jobs.Write"] : rights === "read" ? ["Jobs.Read"] : ["x"]),
  };
}

/** The API on a store in memory: for what routes do, not for what the store promises. */
export function testApi(options: { tenantJobs?: number; git?: Partial<GitOptions>; v2?: V2Options } = {}) {
  const store = new MemoryStore();
  const log = createLogger("test", "silent", new Redactor());
  const tenantJobs = options.tenantJobs ?? 100;
  const published: string[] = [];
  const publisher = { publish: async ({ jobId }: { jobId: string }) => void published.push(jobId) };
  const reservations = new Reservations(store, Date.now, tenantJobs);
  const outbox = new Outbox({ store, publisher, reservations, log });
  const ledger = new JobLedger({ store, tenantJobs, dispatch: outbox.dispatch });
  const uploads = new Map<string, Buffer>();
  const health = { ready: true };
  const apps = new AppSources(store, store);
  const blobs = new MemoryContainer();
  const git = { hosts: ["github.com"], ...options.git };
  const app = createApp({
    apps,
    sources: new SourceIntake({ store: new SourceStore(blobs.client()), apps, git }),
    ledger,
    projections: store,
    verifier: { verify: async (token) => principalOf(token) },
    artifacts: {
      getBlobClient: () => {
        throw new Error("no blobs here");
      },
    },
    attachments: {
      getBlockBlobClient: (name: string) =>
        ({ uploadData: async (data: ArrayBuffer) => void uploads.set(name, Buffer.from(data)) }) as never,
    },
    log,
    ready: async () => {
      if (!health.ready) throw new Error("the ledger does not answer");
    },
    v2: options.v2 ?? { share: 100 },
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
  return { app, call, blobs, store, ledger, outbox, published, uploads, health };
}
