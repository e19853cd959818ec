import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { ContainerAppsAPIClient } from "@azure/arm-appcontainers";
import { ResourceManagementClient } from "@azure/arm-resources";
import { writeTar } from "@devfactory/automation/archive/tar.ts";
import { armClientOptions } from "@devfactory/automation/azure/arm.ts";
import { createCredential } from "@devfactory/automation/azure/credential.ts";
import { RegistryBuilder } from "@devfactory/automation/build/registryBuilder.ts";
import type { Profile } from "@devfactory/checks/index.ts";
import type { Deployment } from "@devfactory/stacks/app/settings.ts";
import type { AppSpec } from "@devfactory/stacks/spec/index.ts";
import { ContainerRegistryManagementClient } from "arm-registry-tasks";
import { makeDeployer } from "../deployer.ts";
import { inventory } from "../inventory.ts";
import { type JudgedPreview, judgePreview } from "../judgedPreview.ts";
import { type LocalAzure, openLocalAzure } from "../localStack.ts";
import { readBlueprint } from "./plan.ts";

const HEALTH = resolve(import.meta.dirname, "../../fixtures/health");
const OPERATORS = "44444444-4444-4444-8444-444444444444";
/** A tenant of the platform, which owns the app. */
const OWNER = "00000000-0000-0000-0000-000000000000";

/**
 * A local Azure with the platform's registry, and blueprints that are deployed on it one after the other: with the rights that the
 * platform's worker has and no others.
 */
export interface Target {
  readonly azure: LocalAzure;
  /** Makes a stack of a blueprint and configures it; nothing is deployed. */
  open(name: string, profile: Profile, change?: Partial<Deployment>): Promise<BlueprintStack>;
  /** The same for an app that is no blueprint; the stack bears its name. */
  openApp(spec: AppSpec): Promise<BlueprintStack>;
  /** Ids of all that ARM lists. */
  inventory(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** The stack of one blueprint in one profile. */
export interface BlueprintStack {
  /** All resources, also those that stay; what is made has values that are not known yet, what stands has none. */
  preview(): Promise<JudgedPreview>;
  up(...flags: readonly string[]): Promise<void>;
  /** Gives it another spec, with the same services. */
  respec(spec: AppSpec): Promise<void>;
  /** Changes the part of the configuration that is no spec. */
  configure(change: Partial<Deployment>): Promise<void>;
  /** HTTP status of the health path of each service with an address of its own in the environment. */
  health(): Promise<Readonly<Record<string, number>>>;
  /** Replicas that run now, by service. */
  replicas(): Promise<Readonly<Record<string, number>>>;
  output(): Promise<Readonly<Record<string, unknown>>>;
  /** @returns what the state still holds */
  destroy(): Promise<readonly unknown[]>;
}

/** Starts the local Azure, makes the registry, and lets a task of it build the health image. */
export async function openTarget(): Promise<Target> {
  const folder = mkdtempSync(join(import.meta.dirname, ".stack-")); // inside the checkout, where its packages are
  cpSync(join(import.meta.dirname, "program"), folder, { recursive: true });
  const azure = await openLocalAzure(folder);
  const platform = await makeRegistry(azure.env);
  const deployer = { env: azure.env, pulumi: azure.pulumiAs(await makeDeployer(azure.env)) };
  return {
    azure,
    open: (name, profile, change = {}) =>
      openStack(deployer, platform, `${name}-${profile}`, { ...readBlueprint(name), profile }, change),
    openApp: (spec) => openStack(deployer, platform, spec.name, spec, {}),
    inventory: () => inventory(azure.env),
    stop: async () => {
      await azure.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Platform extends Pick<Deployment, "registryId" | "registryLoginServer"> {
  /** Reference of the health image, by digest. */
  readonly image: string;
}

async function makeRegistry(env: LocalAzure["env"]): Promise<Platform> {
  const [group, name, location] = ["rg-platform", "crplatform", "eastus"];
  const credential = createCredential(env);
  const subscription = env.AZURE_SUBSCRIPTION_ID ?? "";
  const options = armClientOptions(env);
  await new ResourceManagementClient(credential, subscription, options).resourceGroups.createOrUpdate(group, {
    location,
  });
  const registries = new ContainerRegistryManagementClient(credential, subscription, options);
  const sku = { name: "Standard" };
  const { id = "", loginServer = "" } = await registries.registries.beginCreateAndWait(group, name, { location, sku });
  const files = readdirSync(HEALTH).map(
    (file) => [file, { content: readFileSync(join(HEALTH, file)), executable: false }] as const,
  );
  const request = { service: "health", repository: "blueprints/health", tags: ["1"], dockerfile: "Dockerfile" };
  const context = await writeTar(new Map(files));
  const builder = new RegistryBuilder(registries, id, loginServer);
  const { reference } = await builder.build({ ...request, context }, AbortSignal.timeout(60_000));
  return { registryId: id, registryLoginServer: loginServer, image: reference };
}

async function openStack(
  { env, pulumi }: Pick<LocalAzure, "env" | "pulumi">,
  { image, ...registry }: Platform,
  stack: string,
  spec: AppSpec,
  change: Partial<Deployment>,
): Promise<BlueprintStack> {
  const at = ["--stack", stack];
  const containers = spec.services.filter(({ kind }) => kind !== "static" && kind !== "function");
  const base = {
    ...registry,
    appId: stack,
    tenantId: OWNER,
    operatorGroup: { objectId: OPERATORS, groupName: "operators" },
    sqlAdministrator: { kind: "Group", name: "operators", objectId: OPERATORS },
  };
  const set = (key: string, value: unknown) =>
    pulumi("config", "set", `devfactory:${key}`, JSON.stringify(value), ...at);
  await pulumi("stack", "init", stack);
  await set("spec", spec);
  await set("images", Object.fromEntries(containers.map((service) => [service.name, image])));
  await set("deployment", { ...base, ...change });
  const output = async () => JSON.parse(await pulumi("stack", "output", "--json", ...at));
  return {
    preview: async () => judgePreview(await pulumi("preview", "--json", "--show-sames", ...at), spec.profile, "app"),
    up: async (...flags) => void (await pulumi("up", "--yes", "--skip-preview", ...flags, ...at)),
    respec: async (other) => void (await set("spec", other)),
    configure: async (more) => void (await set("deployment", { ...base, ...change, ...more })),
    health: async () => {
      const { services } = (await output()) as { services: { name: string; kind: string; url: string }[] };
      const asked = containers.flatMap((service) => {
        const url = services.find((each) => each.name === service.name)?.url;
        return url ? [[service.name, new URL(service.health, url).href] as const] : [];
      });
      return Object.fromEntries(
        await Promise.all(asked.map(async ([key, url]) => [key, await statusOf(url)] as const)),
      );
    },
    replicas: () => countReplicas(env, stack),
    output,
    destroy: async () => {
      await pulumi("destroy", "--yes", "--skip-preview", ...at);
      const exported = JSON.parse(await pulumi("stack", "export", ...at));
      return exported.deployment.resources ?? [];
    },
  };
}

async function statusOf(url: string): Promise<number> {
  const response = await fetch(url, { signal: AbortSignal.timeout(30_000) });
  await response.body?.cancel();
  return response.status;
}

/** Replicas of the latest revision of each app with the tag of the stack. */
async function countReplicas(env: LocalAzure["env"], appId: string): Promise<Readonly<Record<string, number>>> {
  const options = armClientOptions(env);
  const client = new ContainerAppsAPIClient(createCredential(env), env.AZURE_SUBSCRIPTION_ID ?? "", options);
  const counts: Record<string, number> = {};
  for await (const app of client.containerApps.listBySubscription()) {
    if (app.tags?.["devfactory-app"] !== appId) continue;
    const group = app.id?.split("/")[4] ?? "";
    const { name = "", latestRevisionName = "" } = app;
    const { value } = await client.containerAppsRevisionReplicas.listReplicas(group, name, latestRevisionName);
    counts[app.tags["devfactory-component"] ?? name] = value.length;
  }
  return counts;
}
