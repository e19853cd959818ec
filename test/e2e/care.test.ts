import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { ResourceManagementClient } from "@azure/arm-resources";
import { armClientOptions, createCredential } from "@devfactory/automation/index.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CHECKOUT, Platform } from "./platform.ts";

interface Drift {
  readonly status: string;
  readonly drift: {
    readonly resources: readonly { readonly name: string; readonly change: string; readonly properties: string[] }[];
  };
}

/** Less than a database costs. */
const platform = new Platform({ DEVFACTORY_DEFAULT_BUDGET_USD: "10" });
const work = mkdtempSync(join(tmpdir(), "devfactory-care-"));
let appId = "";
let azure: ResourceManagementClient;

beforeAll(async () => {
  await platform.start(/Ready after/);
  cpSync(join(CHECKOUT, "test", "fixtures", "projects", "node-plain"), join(work, "notes"), { recursive: true });
  const { stdout, stderr } = await platform.devfactory("deploy", join(work, "notes"), "--output", "json");
  if (!stdout) throw new Error(stderr);
  appId = (JSON.parse(stdout) as { appId: string }).appId;
  const env = await platform.emulatorEnv();
  setDefaultCACertificates([...getCACertificates("default"), platform.ca()]);
  azure = new ResourceManagementClient(createCredential(env), env.AZURE_SUBSCRIPTION_ID ?? "", armClientOptions(env));
}, 240_000);

afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  rmSync(work, { recursive: true, force: true });
}, 120_000);

async function drift(...more: string[]): Promise<readonly (readonly [string, string, readonly string[]])[]> {
  const { stdout, stderr } = await platform.devfactory("drift", appId, ...more, "--output", "json");
  if (!stdout) throw new Error(stderr);
  const told = JSON.parse(stdout) as Drift;
  expect(told.status, stderr).toBe("succeeded");
  return told.drift.resources.map(({ name, change, properties }) => [name, change, properties] as const);
}

it("a tag that somebody changed is reported, repaired on request, and then nothing is reported", async () => {
  expect(await drift()).toEqual([]);
  const groups = await Array.fromAsync(
    azure.resourceGroups.list({ filter: `tagName eq 'devfactory-app' and tagValue eq '${appId}'` }),
  );
  const [group] = groups;
  expect(groups.length).toBe(1);
  const name = group?.name ?? "";
  await azure.resourceGroups.update(name, { tags: { ...group?.tags, owner: "somebody" } });
  const found = await drift();
  expect(found.map(([, change, properties]) => [change, properties])).toEqual([["changed", ["tags"]]]);
  expect((await azure.resourceGroups.get(name)).tags).toHaveProperty("owner"); // a look changes nothing
  expect(await drift("--repair")).toEqual([]);
  expect((await azure.resourceGroups.get(name)).tags).toEqual(group?.tags);
  expect(await drift()).toEqual([]);
}, 240_000);

/** A job as `--output json` shows it. */
interface Shown {
  readonly jobId: string;
  readonly appId: string;
  readonly status: string;
  readonly url: string | null;
  readonly questions?: readonly string[];
  readonly steps: readonly { readonly name: string; readonly status: string }[];
}

it("an app above the budget waits for a person's word before anything is built, and goes on with it", async () => {
  const shown = async (...command: string[]) => {
    const { stdout, stderr } = await platform.devfactory(...command, "--wait", "--output", "json");
    if (!stdout) throw new Error(stderr);
    return JSON.parse(stdout) as Shown;
  };
  const groups = async () => (await Array.fromAsync(azure.resourceGroups.list())).length;
  const before = await groups();
  const asked = await shown("create", "An app for a bike shop: customers have bikes");
  expect([asked.status, asked.questions, await groups()]).toEqual([
    "waiting",
    [
      "The estimate is 16.09 USD per month; the budget is 10 USD. Answer `approve` to deploy it anyway, or say what to leave out.",
    ],
    before,
  ]);
  const states = ({ steps }: Shown) =>
    steps.map(({ name, status }) => `${name} ${status}`).filter((each) => /^(validate|build|deploy)/.test(each));
  expect(states(asked)).toEqual(["validate failed"]);
  const agreed = await shown("feedback", asked.appId, "approve");
  expect([agreed.jobId, agreed.status, agreed.questions, states(agreed)]).toEqual([
    asked.jobId,
    "succeeded",
    undefined,
    ["validate succeeded", "build succeeded", "deploy succeeded"],
  ]);
  expect((await fetch(`${agreed.url}/health`)).status).toBe(200);
  // What somebody agreed to is what was made before: no agent works anew.
  const { api } = platform.readJson<{ api: string }>("endpoints.json");
  const headers = { authorization: `Bearer ${(await platform.devfactory("token")).stdout.trim()}` };
  const audit = (await (await fetch(`${api}/jobs/${asked.jobId}/audit`, { headers })).json()) as {
    entries: readonly { event: string; agentId?: string }[];
  };
  const agents = audit.entries.filter(({ event }) => event === "agent_started").map(({ agentId }) => agentId);
  expect(agents.sort()).toEqual(["backend_agent", "frontend_agent", "infra_agent", "planner_agent", "qa_agent"]);
}, 240_000);
