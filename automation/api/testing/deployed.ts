import type { JobDocument } from "../../jobs/documents.ts";
import { Lease } from "../../jobs/lease.ts";
import type { Release } from "../../jobs/release.ts";
import type { testApi } from "../testApi.ts";

type TestApi = ReturnType<typeof testApi>;

/** A release as a worker leaves it: one web service, whose image names the version. */
export function releaseOf(iteration: number, resources: readonly object[] = []): Release {
  const service = { name: "web", kind: "web", source: ".", port: 8080, health: "/health", public: true, uses: [] };
  const spec = {
    version: 1,
    name: "notes",
    title: "Notes",
    profile: "dev",
    region: "eastus",
    services: [service],
    resources,
  };
  const images = {
    web: { reference: `r.example/web@sha256:${String(iteration).repeat(64)}`, sourceHash: `s${iteration}` },
  };
  return { iteration, spec, workspace: `a/w${iteration}`, images, feedback: [] } as unknown as Release;
}

/** Ends an app's first job as a worker does, under a lease: with a release, or with an error. */
export async function finish(api: TestApi, id: string, ended: Partial<JobDocument> = {}): Promise<void> {
  const appId = id.split("-")[0] ?? "";
  const lease = await Lease.acquire(appId, {
    store: api.store,
    holder: "w",
    leaseMs: 60_000,
    dispatch: api.outbox.dispatch,
  });
  if (!lease) throw new Error("no lease");
  const startedAt = new Date().toISOString();
  await lease.commit(id, () => ({ moves: ["lease", "start"], job: { attempts: 1, startedAt } }));
  const { release } = ended;
  await lease.commit(id, (_job, app) => ({
    moves: [ended.error ? "fail" : "succeed"],
    job: { ...ended, ...(app.deployment !== undefined && { replaced: app.deployment }) },
    app: release
      ? { status: "live", deployment: id, spec: release.spec, images: release.images, iteration: release.iteration }
      : {},
  }));
  await lease.release();
  await api.outbox.idle();
}
