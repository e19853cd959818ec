import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { ContainerAppsAPIClient } from "@azure/arm-appcontainers";
import { armClientOptions, createCredential } from "@devfactory/automation/index.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CHECKOUT, Platform, type Ran } from "./platform.ts";

const PROMPT = "Keep recipes in Cosmos DB: recipes have a title, a number of servings and instructions";
/** The one place of stacks/app that gives a service its rights on the resources it uses. */
const LINK = "(resources.get(resource)?.link(access) ?? []).map((link) => afterOthers(link, made.values()))";
/** The same place when somebody forgets the role: addresses arrive, the right does not. */
const FORGOTTEN = "(resources.get(resource)?.link(access) ?? []).map((link) => ({ ...link, roles: [], data: [] }))";

const platform = new Platform();
/** A copy of the program beside the real one, so that its imports resolve. */
const program = join(CHECKOUT, "stacks", `app-without-role-${process.pid}`);

beforeAll(async () => {
  cpSync(join(CHECKOUT, "stacks", "app"), program, {
    recursive: true,
    filter: (path) => !/\.test\.ts$|Pulumi\..+\.yaml$/.test(path),
  });
  await platform.start(/Ready/);
}, 120_000);

afterAll(async () => {
  rmSync(program, { recursive: true, force: true });
  await platform[Symbol.asyncDispose]();
}, 60_000);

it("without its link's role the app is refused by the data plane with 403, and with it again it works", async () => {
  const created = await platform.devfactory("create", PROMPT, "--wait", "--output", "json");
  const app = JSON.parse(created.stdout) as { appId: string; status: string; url: string };
  expect(app.status).toBe("succeeded");
  expect((await fetch(`${app.url}/api/recipes`)).status).toBe(200);

  const settings = readFileSync(join(CHECKOUT, "stacks", "app", `Pulumi.${app.appId}.yaml`), "utf8");
  writeFileSync(join(program, `Pulumi.${app.appId}.yaml`), settings);
  const source = readFileSync(join(program, "services.ts"), "utf8");
  expect(source.split(LINK).length).toBe(2);
  writeFileSync(join(program, "services.ts"), source.replace(LINK, FORGOTTEN));
  const removed = await up(program, app.appId);
  expect([removed.code, removed.stderr]).toEqual([0, ""]);
  expect(await refusal(app)).toMatch(/"message":"request failed","path":"\/api\/recipes","code":403/);

  const restored = await up(join(CHECKOUT, "stacks", "app"), app.appId);
  expect([restored.code, restored.stderr]).toEqual([0, ""]);
  expect((await fetch(`${app.url}/api/recipes`)).status).toBe(200);
  await platform.devfactory("destroy", app.appId);
}, 180_000);

async function up(folder: string, stack: string): Promise<Ran> {
  const env = await platform.emulatorEnv();
  return platform.shell("pulumi", ["up", "--yes", "--skip-preview", "--stack", stack], folder, env);
}

/** What the app's replica wrote while it was asked: its lines in the log stream (`az containerapp logs show` reads the same). */
async function refusal({ appId, url }: { appId: string; url: string }): Promise<string> {
  expect((await fetch(`${url}/api/recipes`)).status).toBe(500);
  const { env, caPath } = platform.readJson<{ env: Record<string, string>; caPath: string }>("emulator.json");
  setDefaultCACertificates([...getCACertificates(), readFileSync(caPath, "utf8")]);
  const subscription = env.AZURE_SUBSCRIPTION_ID ?? "";
  const client = new ContainerAppsAPIClient(createCredential(env), subscription, armClientOptions(env));
  const app = (await Array.fromAsync(client.containerApps.listBySubscription())).find(
    (each) => each.tags?.["devfactory-app"] === appId,
  );
  const group = app?.id?.split("/")[4] ?? "";
  const { token } = await client.containerApps.getAuthToken(group, app?.name ?? "");
  const stream = `${app?.eventStreamEndpoint?.replace(/eventstream$/, "logstream")}?tailLines=50&output=text`;
  return (await fetch(stream, { headers: { authorization: `Bearer ${token}` } })).text();
}
