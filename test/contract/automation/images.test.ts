import { setDefaultCACertificates } from "node:tls";
import { ContainerRegistryContentClient } from "@azure/container-registry";
import { ImageCleaner, imageRegistry } from "@devfactory/automation/care/images.ts";
import { type AppDocument, appPk, type JobDocument, jobDocId } from "@devfactory/automation/jobs/documents.ts";
import { JobLedger } from "@devfactory/automation/jobs/ledger.ts";
import { MemoryStore } from "@devfactory/automation/jobs/testing/memoryStore.ts";
import { createLogger } from "@devfactory/automation/logger.ts";
import { Redactor } from "@devfactory/automation/redact.ts";
import { tenantLimits } from "@devfactory/automation/schedule/limits.ts";
import { createRegistry } from "@devfactory/emulator/services/registry/index.ts";
import { testContext } from "@devfactory/emulator/testing/context.ts";
import { expect, it } from "vitest";

const ID = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/images";
const TENANT = { tenantId: "t", userId: "u" };
const DAY_MS = 86_400_000;
const CROWD = "2026-01-01T00:00:00.000Z";
const audience = "https://management.azure.com";

it("images go after their time, but never what an app runs, what was frozen, or what a job may be about to use", async () => {
  await using cloud = await testContext();
  const service = createRegistry(cloud);
  const desired = { id: ID, name: "images", type: "Microsoft.ContainerRegistry/registries", properties: {} };
  const base = {
    objectId: "o",
    tenantId: "t",
    clientId: "c",
    kind: "app",
    audience: "",
    groups: [],
    claims: {},
  } as const;
  const set = await service.hooks.find(({ type }) => type === desired.type)?.put?.({ desired, caller: base });
  cloud.putResource({ ...desired, properties: set ?? {} });
  const loginServer = String(set?.loginServer);
  await service.start();
  setDefaultCACertificates([cloud.certificates.ca]);
  // What Contributor, the worker's role, may do in a registry.
  for (const action of ["pull/read", "push/write", "artifacts/delete"])
    cloud.grant("worker", `Microsoft.ContainerRegistry/registries/${action}`, ID);
  cloud.grant("worker", "Microsoft.ContainerRegistry/registries/*", ID);
  const credential = cloud.credential("worker");
  const push = async (repository: string, text: string): Promise<string> => {
    const client = new ContainerRegistryContentClient(`https://${loginServer}`, repository, credential, { audience });
    const config = Buffer.from(JSON.stringify({ text }));
    const { digest, sizeInBytes: size } = await client.uploadBlob(config);
    const mediaType = "application/vnd.oci.image.config.v1+json";
    const manifest = { schemaVersion: 2, config: { mediaType, digest, size }, layers: [] };
    return (await client.setManifest(manifest, { tag: text })).digest;
  };
  const store = new MemoryStore();
  const ledger = new JobLedger({ store, limitsOf: tenantLimits(), dispatch: () => {} });
  const makeApp = async (
    change: (app: AppDocument, job: JobDocument) => [Partial<AppDocument>, Partial<JobDocument>],
  ) => {
    const { appId, jobId } = await ledger.create(TENANT, { prompt: "app" });
    const pk = appPk(appId);
    const [app, job] = [await store.read<AppDocument>(pk, "app"), await store.read<JobDocument>(pk, jobDocId(jobId))];
    if (!app || !job) throw new Error("not made");
    const [ofApp, ofJob] = change(app.doc, job.doc);
    await store.batch(pk, [
      { kind: "replace", doc: { ...app.doc, active: [], status: "live", ...ofApp }, etag: app.etag },
      { kind: "replace", doc: { ...job.doc, state: "succeeded", ...ofJob }, etag: job.etag },
    ]);
    return appId;
  };
  const digests = new Map<string, string>();
  const live = await makeApp(() => [{}, {}]);
  for (const version of ["v1", "v2", "v3"]) digests.set(version, await push(`apps/${live}/web`, version));
  const reference = (version: string) => `${loginServer}/apps/${live}/web@${digests.get(version)}`;
  const pk = appPk(live);
  const [app] = [await store.read<AppDocument>(pk, "app")];
  const [job] = await store.find<JobDocument>({ type: "job", pk, orderBy: "createdAt", limit: 1 });
  const frozen = { iteration: 1, images: { web: reference("v1") } };
  await store.batch(pk, [
    {
      kind: "replace",
      doc: { ...app?.doc, images: { web: { reference: reference("v3"), sourceHash: "x" } } } as AppDocument,
      etag: app?.etag ?? "",
    },
    {
      kind: "replace",
      doc: { ...job?.doc, state: "finalized", finalizedVersion: frozen } as JobDocument,
      etag: job?.etag ?? "",
    },
  ]);
  // Promoted: it runs an image of another app's repository. Its release before that stands one step back.
  digests.set("promoted", await push(`apps/${live}/web`, "promoted"));
  digests.set("before", await push(`apps/${live}/web`, "before"));
  const release = (version: string) => ({ images: { web: { reference: reference(version), sourceHash: "x" } } });
  const promoted = await makeApp((_, { jobId }) => [
    { images: release("promoted").images, deployment: jobId },
    { release: release("promoted") as never, replaced: jobId },
  ]);
  const [last] = await store.find<JobDocument>({ type: "job", pk: appPk(promoted), orderBy: "createdAt", limit: 1 });
  const earlier = { ...last?.doc, id: jobDocId(`${promoted}-earlier22`), jobId: `${promoted}-earlier22` };
  await store.batch(appPk(promoted), [
    { kind: "create", doc: { ...earlier, release: release("before") } as unknown as JobDocument },
    { kind: "replace", doc: { ...last?.doc, replaced: earlier.jobId } as JobDocument, etag: last?.etag ?? "" },
  ]);
  const busy = await makeApp((_, { jobId }) => [{ active: [jobId] }, { state: "running" }]);
  await push(`apps/${busy}/web`, "busy");
  const destroyed = await makeApp(() => [{ status: "destroyed" }, {}]);
  await push(`apps/${destroyed}/web`, "destroyed");
  await push("apps/agggggggg2/web", "unknown"); // of an app that the ledger does not know
  await push("devfactory/automation", "v1");

  // More apps than are read at once, all made in one millisecond: none of them is missed.
  const [sample] = await store.find<AppDocument>({ type: "app", orderBy: "createdAt", limit: 1 });
  for (let index = 0; index < 250; index += 1) {
    const appId = `a${String(index + 222_222_222).replace(/[01]/g, "z")}`;
    const images = index === 249 ? { web: { reference: reference("v2"), sourceHash: "x" } } : {};
    const doc = { ...sample?.doc, pk: `app:${index}`, appId, images, active: [], status: "live", createdAt: CROWD };
    await store.batch(`app:${index}`, [{ kind: "create", doc: doc as unknown as AppDocument }]);
  }

  const registry = imageRegistry(loginServer, credential);
  let days = 0;
  const chores = { take: async () => undefined };
  const log = createLogger("test", "silent", new Redactor());
  const now = () => Date.now() + days * DAY_MS;
  const cleaner = new ImageCleaner({ registry, store, keepDays: 30, chores, log, now });
  days = 29;
  expect(await cleaner.round()).toEqual({ images: 7, removed: 0 });
  days = 31;
  expect(await cleaner.round()).toEqual({ images: 7, removed: 2 });
  const left = async (repository: string) => (await registry.images(repository)).map(({ digest }) => digest);
  expect((await left(`apps/${live}/web`)).sort()).toEqual(
    ["v1", "v2", "v3", "promoted", "before"].map((version) => digests.get(version)).sort(),
  );
  expect([...(await registry.repositories())].sort()).toEqual(
    [`apps/${live}/web`, `apps/${busy}/web`, "devfactory/automation"].sort(),
  );
  expect(await cleaner.round()).toEqual({ images: 5, removed: 0 });
  await service.stop();
}, 60_000);
