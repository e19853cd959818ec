import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { inventory } from "../inventory.ts";
import { type JudgedPreview, judgePreview } from "../judgedPreview.ts";
import { type LocalAzure, openLocalAzure } from "../localStack.ts";
import { askOutside } from "../outside.ts";

const CHECKOUT = resolve(import.meta.dirname, "../../..");
/** The platform's project from a folder whose stack settings a test may write: the settings are those of `Pulumi.prod.yaml`. */
const PROJECT = `name: devfactory
runtime: { name: nodejs, options: { typescript: false } }
main: index.ts
`;
const WAIVED = [
  "CE04 environment-environment",
  "CR03 registry-registry",
  "ID02 worker-to-subscription-accessAdministrator",
  "ID02 worker-to-subscription-contributor",
  "ID02 worker-to-subscription-locksContributor",
];

let azure: LocalAzure;
const folder = mkdtempSync(join(import.meta.dirname, ".stack-"));

beforeAll(async () => {
  writeFileSync(join(folder, "Pulumi.yaml"), PROJECT);
  writeFileSync(join(folder, "index.ts"), 'export * from "@devfactory/stacks/platform/index.ts";\n');
  cpSync(join(CHECKOUT, "Pulumi.prod.yaml"), join(folder, "Pulumi.prod.yaml"));
  azure = await openLocalAzure(folder);
  await azure.pulumi("stack", "init", "prod");
}, 120_000);

afterAll(async () => {
  await azure.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const preview = async (): Promise<JudgedPreview> =>
  judgePreview(await azure.pulumi("preview", "--json", "--show-sames"), "production", "platform");

/** Names of the replicas that run on this machine for this local Azure. */
function replicas(): readonly string[] {
  const names = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => readEnvironment(pid))
    .filter((environ) => environ.includes(azure.dataDir))
    .flatMap((environ) => /(?:^|\0)CONTAINER_APP_REPLICA_NAME=([^\0]+)/.exec(environ)?.[1] ?? []);
  return [...new Set(names)];
}

function readEnvironment(pid: string): string {
  try {
    return readFileSync(join("/proc", pid, "environ"), "utf8");
  } catch {
    return ""; // it has ended, or belongs to somebody else
  }
}

it("the platform in production: judged, made, ready, unchanged on a second up, gone after destroy", async () => {
  const before = await inventory(azure.env);
  const first = await preview();
  expect([first.fail, first.waived, first.changes.length]).toEqual([[], WAIVED, 128]);
  await azure.pulumi("up", "--yes", "--skip-preview");
  const outputs = JSON.parse(await azure.pulumi("stack", "output", "--json")) as Readonly<Record<string, string>>;
  const { apiUrl = "", cosmosEndpoint = "", keyVaultUri = "", blobEndpoint = "" } = outputs;
  // What holds data is closed to this machine; API and worker, which are ready only with it, stand in the network.
  const closed = [cosmosEndpoint, `${keyVaultUri}secrets/none`, `${blobEndpoint}jobs/none`];
  expect(await askOutside(azure.env, closed)).toEqual([403, 403, 403]);
  const ready = await fetch(`${apiUrl}/health/ready`);
  expect([ready.status, await ready.json()]).toEqual([200, { status: "ok" }]);
  expect(replicas()).toHaveLength(4); // API and worker, each twice
  // Judged again with everything known.
  expect(await preview()).toMatchObject({ fail: [], unknown: [], waived: WAIVED, changes: [] });
  await azure.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
  await azure.pulumi("destroy", "--yes", "--skip-preview");
  expect(JSON.parse(await azure.pulumi("stack", "export")).deployment.resources ?? []).toEqual([]);
  expect(await inventory(azure.env)).toEqual(before);
  expect(replicas()).toEqual([]);
  await expect(fetch(apiUrl)).rejects.toThrow("fetch failed");
}, 300_000);
