import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { ResourceManagementClient } from "@azure/arm-resources";
import { BlobServiceClient } from "@azure/storage-blob";
import { armClientOptions } from "@devfactory/automation/azure/arm.ts";
import { createCredential } from "@devfactory/automation/azure/credential.ts";
import { judgeCheckpoint } from "@devfactory/automation/deploy/checkpoint.ts";
import { Deployer } from "@devfactory/automation/deploy/deployer.ts";
import { deployEnvironment } from "@devfactory/automation/deploy/environment.ts";
import type { FromChild } from "@devfactory/automation/deploy/messages.ts";
import { blobFiles } from "@devfactory/automation/deploy/stateBlobs.ts";
import { type StateFiles, stateFiles } from "@devfactory/automation/deploy/stateFiles.ts";
import { type Emulator, startEmulator } from "@devfactory/emulator";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeDeployment, serializeCheckpoint } from "../../../emulator/engine/backend/checkpoint.ts";
import { findIntegrityProblem } from "../../../emulator/engine/backend/integrity.ts";
import type { ResourceState } from "../../../emulator/engine/deploy/state.ts";
import { makePlatform } from "../../chaos/recovery/platform.ts";

const ENGINE = join(import.meta.dirname, "../../../emulator/engine");
const PROGRAM = join(import.meta.dirname, "../../chaos/recovery/program");

/** Where the state is → an app. */
const APPS = { folder: "abcdefgh23", blobs: "abcdefgh45" } as const;
type Backend = keyof typeof APPS;

let emulator: Emulator;
let azure: ResourceManagementClient;
const program = mkdtempSync(join(import.meta.dirname, ".stack-"));
const folder = mkdtempSync(join(tmpdir(), "devfactory-broken-"));
/** Backend URL and its files, of a folder and of a container in Blob storage, by the URL that the platform uses on Azure. */
const backends: Record<string, { readonly url: string; readonly files: StateFiles }> = {};

beforeAll(async () => {
  cpSync(PROGRAM, program, { recursive: true });
  emulator = await startEmulator({ dataDir: folder, services: ["cosmos", "serviceBus", "storage"] });
  const environment = { ...process.env, ...emulator.env };
  const credential = createCredential(environment);
  azure = new ResourceManagementClient(credential, emulator.subscriptionId, armClientOptions(environment));
  const { AZURE_STORAGE_BLOB_ENDPOINT: endpoint } = await makePlatform(azure, emulator);
  await new BlobServiceClient(endpoint, credential).getContainerClient("state").create();
  const account = `storage_account=platformfiles&domain=${new URL(endpoint).host}&protocol=https&localemu=true`;
  const [local = "", remote] = [emulator.env.PULUMI_BACKEND_URL, `azblob://state?${account}`];
  const inFolder = await stateFiles(local);
  if (!inFolder) throw new Error("no files");
  backends.folder = { url: local, files: inFolder };
  backends.blobs = { url: remote, files: blobFiles(remote, environment) };
}, 60_000);
afterAll(async () => {
  await emulator.stop();
  for (const path of [program, folder]) rmSync(path, { recursive: true, force: true });
});

/** A deployment by a real process, the real engine and the local Azure. */
async function run(backend: Backend, app: string) {
  const url = backends[backend]?.url ?? "";
  const environment = deployEnvironment({ ...process.env, ...emulator.env, PULUMI_BACKEND_URL: url });
  const deployer = new Deployer({ workDir: program, pulumiRoot: ENGINE, environment, lockWaitMs: 1_000 });
  const events: FromChild[] = [];
  const config = {
    "devfactory:spec": JSON.stringify({ title: "bare 1" }),
    "devfactory:deployment": JSON.stringify({ appId: app }),
  };
  const done = await deployer
    .run(
      { kind: "up", stack: app, config, recover: false, formerHosts: [] },
      { onEvent: (event) => void events.push(event), onPlan: async () => {}, signal: new AbortController().signal },
    )
    .then(
      ({ changes }) => ({ changes }),
      (error: { code: string; message: string }) => ({ code: error.code, message: error.message }),
    );
  return { done, recovery: events.flatMap((event) => (event.type === "recovery" ? [event] : [])) };
}

const checkpointOf = (app: string) => `.pulumi/stacks/devfactory-app/${app}.json`;
const filesOf = (backend: Backend): StateFiles => {
  const found = backends[backend];
  if (!found) throw new Error(`no backend ${backend}`);
  return found.files;
};
/** Everything of a stack: path → text. */
async function everything(files: StateFiles, app: string): Promise<Record<string, string | undefined>> {
  const folders = ["stacks/devfactory-app", `backups/devfactory-app/${app}`, `history/devfactory-app/${app}`];
  const found: [string, string | undefined][] = [];
  for (const at of folders)
    for (const name of await files.list(`.pulumi/${at}`))
      if (name.startsWith(app)) found.push([`${at}/${name}`, await files.read(`.pulumi/${at}/${name}`)]);
  return Object.fromEntries(found);
}

const lock = (pid: number) => JSON.stringify({ pid, username: "u", hostname: hostname(), timestamp: "t" });
const locksOf = (app: string) => `.pulumi/locks/organization/devfactory-app/${app}`;

/** Deploys an app, breaks its state, leaves locks of the dead, and deploys it again. */
async function mended(backend: Backend): Promise<string> {
  const app = APPS[backend];
  const files = filesOf(backend);
  expect((await run(backend, app)).done).toEqual({ changes: { create: 2 } });
  const whole = (await files.read(checkpointOf(app))) ?? "";
  const half = whole.slice(0, whole.length / 2);
  const group = await azure.resourceGroups.get(`rg-${app}`);
  await files.write(checkpointOf(app), half);
  await files.write(`${locksOf(app)}/dead.json`, lock(4_194_305)); // above the highest pid there is
  await files.write(`${locksOf(app)}/broken.json`, '{"pid": 12, "userna');

  const { done, recovery } = await run(backend, app);
  expect([done, recovery.map(({ action }) => action)]).toEqual([
    { changes: { same: 2 } },
    ["lock-dropped", "lock-dropped", "restored", "refreshed"],
  ]);
  expect(recovery[2]?.message).toContain(`history/devfactory-app/${app}/`);
  expect(await azure.resourceGroups.get(`rg-${app}`)).toEqual(group);
  expect(judgeCheckpoint((await files.read(checkpointOf(app))) ?? "")).toMatchObject({ kind: "sound", resources: 3 });
  expect([await files.read(`${checkpointOf(app)}.broken`), await files.list(locksOf(app))]).toEqual([half, []]);
  return app;
}

it("in a folder: a broken checkpoint goes back to the newest whole one, is read again, and the deployment goes on; without one nothing is touched", async () => {
  const app = await mended("folder");
  const files = filesOf("folder");
  const group = await azure.resourceGroups.get(`rg-${app}`);
  for (const [path, text] of Object.entries(await everything(files, app)))
    if (!path.endsWith(".history.json") && text) await files.write(`.pulumi/${path}`, text.slice(0, 90));
  const before = await everything(files, app);
  const lost = await run("folder", app);
  expect([lost.done, lost.recovery]).toEqual([
    {
      code: "STATE_BROKEN",
      message: `${checkpointOf(app)} is broken (it is no JSON of a checkpoint), and no backup of it is whole. Neither it nor anything in Azure was touched.`,
    },
    [],
  ]);
  expect([await everything(files, app), await azure.resourceGroups.get(`rg-${app}`)]).toEqual([before, group]);
}, 120_000);

it("in Blob storage, by the URL of production: the same, and a living lock is waited for and then told", async () => {
  const app = await mended("blobs");
  const files = filesOf("blobs");
  await files.write(`${locksOf(app)}/living.json`, lock(process.pid));
  const held = await run("blobs", app);
  expect([held.done, held.recovery.map(({ action }) => action)]).toEqual([
    {
      code: "STACK_LOCKED",
      message: `Somebody else works on ${app}: u@${hostname()} (pid ${process.pid}) since t`,
    },
    ["lock-waited"],
  ]);
  expect(await files.list(locksOf(app))).toEqual(["living.json"]);
}, 120_000);

const URNS = ["a", "b", "c", "d"].map((name) => `urn:pulumi:s::p::t:i:T::${name}`);
const PROVIDERS = ["1", "2"].map((id) => ({
  ...{ urn: "urn:pulumi:s::p::pulumi:providers:t::d", type: "pulumi:providers:t", custom: true, id },
}));
const one = <T>(...values: readonly T[]) => fc.option(fc.constantFrom(...values), { nil: undefined, freq: 3 });
const resource = fc.record(
  {
    urn: fc.constantFrom(...URNS),
    type: fc.constant("t:i:T"),
    custom: fc.boolean(),
    id: one("x"),
    parent: one(...URNS),
    provider: one(...PROVIDERS.map(({ urn, id }) => `${urn}::${id}`), "nonsense"),
    dependencies: fc.array(fc.constantFrom(...URNS), { maxLength: 1 }),
    propertyDependencies: one({ p: [URNS[0] ?? ""] }),
    deletedWith: one(...URNS),
    delete: fc.boolean(),
    pendingReplacement: one(true),
  },
  { requiredKeys: ["urn", "type", "custom"] },
);

it("a checkpoint is called broken exactly when the engine refuses it", () => {
  const seen = { sound: 0, broken: 0, other: 0 };
  const rows = fc.array(fc.oneof({ weight: 3, arbitrary: resource }, fc.constantFrom(...PROVIDERS)), { maxLength: 5 });
  fc.assert(
    fc.property(rows, (resources) => {
      const state = makeDeployment(resources as readonly ResourceState[], [], undefined, new Date(0));
      const { kind } = judgeCheckpoint(serializeCheckpoint({ project: "p", name: "s" } as never, state));
      seen[kind] += 1;
      expect(kind === "broken").toBe(findIntegrityProblem(state) !== undefined);
    }),
    { numRuns: 2_000 },
  );
  expect(Math.min(seen.sound, seen.broken)).toBeGreaterThan(100); // both were tried
});
