import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ContainerAppsAPIClient } from "@azure/arm-appcontainers";
import { ResourceManagementClient } from "@azure/arm-resources";
import { armClientOptions, armEndpoint } from "@devfactory/automation/azure/arm.ts";
import { createCredential } from "@devfactory/automation/azure/credential.ts";
import { deletedOf, freeNames } from "@devfactory/automation/care/freeNames.ts";
import { AppRevisions } from "@devfactory/automation/deploy/appRevisions.ts";
import { Deployer } from "@devfactory/automation/deploy/deployer.ts";
import { deployEnvironment } from "@devfactory/automation/deploy/environment.ts";
import type { NewEvent } from "@devfactory/automation/jobs/change.ts";
import type { DomainConfig } from "@devfactory/automation/jobs/domains.ts";
import { recordSpec } from "@devfactory/automation/plan/planSpec.ts";
import { gatherFacts } from "@devfactory/automation/preflight/gatherFacts.ts";
import { workerSettings } from "@devfactory/automation/settings.ts";
import { type DeployEvidence, deploy } from "@devfactory/automation/workflow/deploy.ts";
import { estimateCost } from "@devfactory/automation/workflow/estimateCost.ts";
import { forecast } from "@devfactory/automation/workflow/forecast.ts";
import type { WorkflowServices } from "@devfactory/automation/workflow/services.ts";
import type { StepContext } from "@devfactory/automation/workflow/step.ts";
import { type Emulator, startEmulator } from "@devfactory/emulator";
import { type AppSpec, parseAppSpec } from "@devfactory/stacks/spec/index.ts";

const ENGINE = join(import.meta.dirname, "../../../emulator/engine");
const PROGRAM = join(import.meta.dirname, "../blueprints/program");
const NOBODY = "00000000-0000-0000-0000-000000000000";
const GROUP = "rg-platform";
const HOST = "platform.azurecr.io";

/** How one run of the step ended, and what it told. */
export interface StepRun {
  readonly events: readonly NewEvent[];
  /** Code, message and way out of the error; absent when it went through. */
  readonly error?: { readonly code: string; readonly message: string; readonly details: object };
  /** What it left when it went through. */
  readonly evidence?: DeployEvidence;
  /** How long the plan was judged. */
  readonly judgedMs: number;
}

/** The deploy step of a worker with its real deployer, the program of apps and a local Azure; nothing is built and no container runs. */
export interface AppStep extends AsyncDisposable {
  readonly emulator: Emulator;
  /** @param environment of the worker, on top of the local Azure's */
  run(
    appId: string,
    spec: object,
    environment?: Readonly<Record<string, string>>,
    domains?: readonly DomainConfig[],
    /** What others changed is put back, as a repair does. */
    refresh?: boolean,
  ): Promise<StepRun>;
  /** What is said of the spec before anything is built, and after how many milliseconds. */
  forecast(
    appId: string,
    spec: object,
    environment?: Readonly<Record<string, string>>,
  ): Promise<Pick<StepRun, "events" | "error"> & { readonly ms: number }>;
  /** What an operator of the local Azure does at its own port. */
  operate(verb: string, body: object): Promise<void>;
  /** How many resources of these ARM types exist. */
  made(...types: readonly string[]): readonly number[];
}

export async function startAppStep(rooms: readonly string[]): Promise<AppStep> {
  // Inside the checkout, where the program's packages are.
  const folder = mkdtempSync(join(import.meta.dirname, ".stack-"));
  cpSync(PROGRAM, folder, { recursive: true });
  const dataDir = mkdtempSync(join(tmpdir(), "devfactory-step-"));
  const emulator = await startEmulator({ dataDir, services: rooms });
  const environment = { ...process.env, ...emulator.env };
  const azure = new ResourceManagementClient(
    createCredential(environment),
    emulator.subscriptionId,
    armClientOptions(environment),
  );
  const registryId = await makeRegistry(azure, emulator.subscriptionId);
  const deployer = new Deployer({ workDir: folder, pulumiRoot: ENGINE, environment: deployEnvironment(environment) });
  const contextOf = (appId: string, services: WorkflowServices, events: NewEvent[]) =>
    ({
      services,
      signal: AbortSignal.timeout(120_000),
      report: (event: NewEvent) => void events.push(event),
      keep: () => {},
      commit: async () => {}, // nothing is kept here: what is looked at is what Azure has
      lost: new AbortController().signal,
      job: { appId, attempts: 1, tenantId: NOBODY },
      app: { iteration: 0 },
    }) as unknown as StepContext;
  return {
    emulator,
    operate: async (verb, body) => {
      const { url, token } = emulator.admin;
      const headers = { Authorization: `Bearer ${token}` };
      const answer = await fetch(`${url}/${verb}`, { method: "POST", headers, body: JSON.stringify(body) });
      if (answer.status !== 204) throw new Error(`${verb}: ${answer.status}`);
    },
    made: (...types) => types.map((type) => emulator.context.resources.list(type).length),
    forecast: async (appId, document, own = {}) => {
      const events: NewEvent[] = [];
      const services = servicesOf(deployer, registryId, { ...emulator.env, ...own });
      const began = performance.now();
      const ended = await forecast(specOf(document), contextOf(appId, services, events)).then(
        () => ({}),
        (error: NonNullable<StepRun["error"]>) => ({ error }),
      );
      return { events, ms: performance.now() - began, ...ended };
    },
    run: async (appId, document, own = {}, domains = [], refresh = false) => {
      const spec = specOf(document);
      const events: NewEvent[] = [];
      const marks: number[] = [];
      const timed = {
        run: (request: Parameters<Deployer["run"]>[0], callbacks: Parameters<Deployer["run"]>[1]) =>
          deployer.run(request, {
            ...callbacks,
            onPlan: async (plan) => {
              marks.push(performance.now());
              await callbacks.onPlan(plan).finally(() => marks.push(performance.now()));
            },
          }),
      };
      const services = servicesOf(timed as Deployer, registryId, { ...emulator.env, ...own });
      const images = Object.fromEntries(
        spec.services.map(({ name }) => [name, `${HOST}/${name}@sha256:${"1".repeat(64)}`]),
      );
      const context = contextOf(appId, services, events);
      const input = { spec, images, tenantId: NOBODY, refresh, ...(domains.length > 0 && { domains }) };
      const ended = await deploy.run(input, context).then(
        (evidence) => ({ evidence }),
        (error: NonNullable<StepRun["error"]>) => ({ error }),
      );
      const [from = 0, to = 0] = marks;
      return { events, judgedMs: to - from, ...ended };
    },
    async [Symbol.asyncDispose]() {
      deployer.killAll();
      await emulator.stop();
      rmSync(dataDir, { recursive: true, force: true });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function specOf(document: object): AppSpec {
  const parsed = parseAppSpec(document);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.spec;
}

/** The platform's registry, as far as apps get rights on it. */
async function makeRegistry(azure: ResourceManagementClient, subscriptionId: string): Promise<string> {
  const id = `/subscriptions/${subscriptionId}/resourceGroups/${GROUP}/providers/Microsoft.ContainerRegistry/registries/platformimages`;
  await azure.resourceGroups.createOrUpdate(GROUP, { location: "eastus" });
  await azure.resources.beginCreateOrUpdateByIdAndWait(id, "2023-07-01", {
    location: "eastus",
    sku: { name: "Basic" },
  });
  return id;
}

/** What the step uses of a worker's services, made of its settings as the worker makes them. */
function servicesOf(
  deployer: Deployer,
  registryId: string,
  environment: Readonly<Record<string, string>>,
): WorkflowServices {
  const settings = workerSettings({
    AZURE_COSMOS_ENDPOINT: "https://localhost:1/",
    AZURE_SERVICE_BUS_HOST: "localhost:2",
    AZURE_STORAGE_BLOB_ENDPOINT: "https://localhost:3/a/",
    AZURE_KEY_VAULT_ENDPOINT: "https://localhost:4/",
    DEVFACTORY_RESOURCE_GROUP: "g",
    DEVFACTORY_AGENT_JOBS: "{}",
    DEVFACTORY_REGISTRY_ID: registryId,
    AZURE_CONTAINER_REGISTRY_ENDPOINT: HOST,
    ...environment,
  });
  const cloud = { ...process.env, ...environment };
  const credential = createCredential(cloud);
  const { AZURE_SUBSCRIPTION_ID: subscriptionId } = settings;
  const containerApps = new ContainerAppsAPIClient(credential, subscriptionId, armClientOptions(cloud));
  const reader = { subscriptionId, ...armEndpoint(cloud), credential };
  return {
    deployer,
    revisions: new AppRevisions({ client: containerApps }),
    askAzure: (plan, signal) => gatherFacts(plan, reader, signal),
    freeNames: (appId, signal, only) => freeNames(appId, reader, signal, only),
    deletedOf: (appId, signal) => deletedOf(appId, reader, signal),
    recordPlan: (app) => recordSpec({ ...app, subscriptionId, entraTenantId: settings.AZURE_TENANT_ID ?? "" }),
    estimate: estimateCost,
    policies: { gate: settings.DEVFACTORY_POLICY_GATE, waivers: settings.DEVFACTORY_WAIVERS.waivers },
    registry: { id: registryId, loginServer: HOST },
    notify: settings.DEVFACTORY_NOTIFY,
    appScheme: "https",
    autoScaling: settings.ENABLE_AUTO_SCALING,
    multiRegion: settings.ENABLE_MULTI_REGION,
    defaultBudgetUsd: settings.DEVFACTORY_DEFAULT_BUDGET_USD,
  } as Partial<WorkflowServices> as WorkflowServices;
}
