import { Abandoned } from "@devfactory/automation/care/abandoned.ts";
import { Expirer } from "@devfactory/automation/care/expirer.ts";
import { Expiries } from "@devfactory/automation/care/expiries.ts";
import type { FindingDocument } from "@devfactory/automation/care/findingDocument.ts";
import { deletedOf, freeNames } from "@devfactory/automation/care/freeNames.ts";
import { surroundings } from "@devfactory/automation/care/surroundings.ts";
import { type AppDocument, appPk, CARE_PK } from "@devfactory/automation/jobs/documents.ts";
import { createLogger } from "@devfactory/automation/logger.ts";
import { Redactor } from "@devfactory/automation/redact.ts";
import { runWork } from "@devfactory/automation/workflow/work.ts";
import { startCloud } from "@devfactory/emulator/arm/testing/cloud.ts";
import { expect, it, vi } from "vitest";
import { openHouse, TENANT } from "./house.ts";

const HOUR = 3_600_000;
const log = createLogger("test", "silent", new Redactor());
const chores = { take: async () => undefined };

it("ledger and queue: an expired app is announced, then destroyed by a worker; an extended one is kept", async () => {
  await using house = await openHouse();
  const { store, ledger, outbox } = house;
  const start = Date.now();
  let hours = 0;
  const now = () => start + hours * HOUR;
  const rules = () => ({ noticeMs: 24 * HOUR, graceMs: 12 * HOUR });
  const expirer = new Expirer({ store, dispatch: outbox.dispatch, ledger, rules, chores, log, now });
  const expiries = new Expiries({ store, projections: store, rules, now });
  const destroyed: string[] = [];
  house.startWorker(async (session) => {
    if (session.options.job.kind !== "destroy") {
      await session.commit(() => ({ app: { status: "live" } }));
      return { kind: "done" };
    }
    const step = async () => void destroyed.push(session.options.app.appId);
    const { options } = session;
    return runWork({ options, step, commit: session.commit.bind(session) } as unknown as typeof session);
  });
  const [doomed, extended, forever] = await Promise.all(
    [1, 2, 3].map((each) => ledger.create(TENANT, { prompt: `app ${each}` })),
  );
  const appOf = async (job: typeof doomed) => (await store.read<AppDocument>(appPk(job?.appId ?? ""), "app"))?.doc;
  const settled = () =>
    vi.waitFor(
      async () => {
        for (const job of [doomed, extended, forever]) expect((await appOf(job))?.active).toEqual([]);
      },
      { timeout: 20_000, interval: 50 },
    );
  await settled();
  const end = new Date(start + HOUR).toISOString();
  for (const job of [doomed, extended]) await expiries.set(TENANT, job?.appId ?? "", end);
  expect((await expiries.list(TENANT.tenantId, 2)).map(({ appId }) => appId).sort()).toEqual(
    [doomed?.appId, extended?.appId].sort(),
  );
  expect((await expirer.round()).told.length).toBe(2);
  await outbox.idle();
  hours = 14;
  await expiries.set(TENANT, extended?.appId ?? "", new Date(start + 500 * HOUR).toISOString());
  expect((await expirer.round()).ended).toEqual([doomed?.appId]);
  await outbox.idle();
  await settled();
  expect(destroyed).toEqual([doomed?.appId]);
  expect([(await appOf(doomed))?.status, (await appOf(extended))?.status, (await appOf(forever))?.status]).toEqual([
    "destroyed",
    "live",
    "live",
  ]);
  expect(await expirer.round()).toEqual({ told: [], ended: [] });
}, 60_000);

it("Azure: only a group with this platform's tag and an expiry that is over is removed; its vault's name is free again", async () => {
  await using house = await openHouse();
  await using cloud = await startCloud([
    { type: "Microsoft.KeyVault/vaults", delete: async () => {}, purge: async () => {} },
  ]);
  const group = (name: string) => `${cloud.subscription}/resourceGroups/${name}`;
  const at = (hour: number) => new Date(Date.now() + hour * HOUR).toISOString();
  const ours = { "devfactory-registry": "crone.azurecr.io", "devfactory-tenant": TENANT.tenantId };
  const put = (name: string, tags: Record<string, string>) =>
    cloud.call("PUT", group(name), { location: "westeurope", tags });
  await put("rg-over", { ...ours, "devfactory-app": "agggggggg2", "devfactory-expires": at(-48) });
  await put("rg-without-end", { ...ours, "devfactory-app": "agggggggg3" });
  await put("rg-of-another", { ...ours, "devfactory-registry": "crtwo.azurecr.io", "devfactory-expires": at(-48) });
  await put("rg-of-a-person", { "devfactory-expires": at(-48) });
  const vault = `${group("rg-over")}/providers/Microsoft.KeyVault/vaults/kv-over`;
  const tags = { "devfactory-app": "agggggggg2" };
  await cloud.call("PUT", vault, { location: "westeurope", tags, properties: { sku: {} } });
  const source = {
    subscriptionId: cloud.subscription.split("/")[2] ?? "",
    endpoint: cloud.house.arm.url,
    scope: "https://management.azure.com/.default",
    credential: cloud.credential,
  };
  const { store } = house;
  let hours = 0;
  const now = () => Date.now() + hours * HOUR;
  const near = surroundings(source, { stacks: async () => [] }, "crone.azurecr.io");
  const abandoned = new Abandoned({
    store,
    projections: store,
    surroundings: near,
    graceMs: () => HOUR,
    chores,
    log,
    now,
  });
  expect(await abandoned.round()).toEqual({ found: ["rg-over", "rg-without-end"], removed: [], over: 0 });
  hours = 2;
  expect(await abandoned.round()).toEqual({ found: ["rg-over", "rg-without-end"], removed: ["rg-over"], over: 0 });
  const left = async () =>
    ((await cloud.call("GET", `${cloud.subscription}/resourceGroups`)).body.value as { name: string }[])
      .map(({ name }) => name)
      .sort();
  await vi.waitFor(async () => expect(await left()).toEqual(["rg-of-a-person", "rg-of-another", "rg-without-end"]));
  expect(await abandoned.round()).toEqual({ found: ["rg-without-end"], removed: [], over: 1 });
  const query = { type: "finding", pk: CARE_PK, orderBy: "firstSeenAt", limit: 9 } as const;
  expect((await store.find<FindingDocument>(query)).map(({ doc }) => [doc.kind, doc.name, doc.tenantId])).toEqual([
    ["group", "rg-without-end", TENANT.tenantId],
  ]);

  const isFree = async () => {
    const name = { name: "kv-over", type: "Microsoft.KeyVault/vaults" };
    const path = `${cloud.subscription}/providers/Microsoft.KeyVault/checkNameAvailability`;
    return (await cloud.call("POST", path, name)).body.nameAvailable as boolean;
  };
  expect(await freeNames("agggggggg9", source)).toEqual({ freed: [], held: [] }); // of another app
  expect(await isFree()).toBe(false);
  const own = { type: "Microsoft.KeyVault/vaults", name: "kv-over", location: expect.any(String) as string };
  expect(await deletedOf("agggggggg2", source)).toEqual([{ ...own, purgeProtected: false }]);
  expect(await freeNames("agggggggg2", source, undefined, ["kv-other"])).toEqual({ freed: [], held: [] });
  expect(await isFree()).toBe(false);
  expect(await freeNames("agggggggg2", source)).toEqual({ freed: ["kv-over"], held: [] });
  expect(await isFree()).toBe(true);
}, 60_000);
