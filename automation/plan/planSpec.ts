import { fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { PlannedResource } from "@devfactory/checks/index.ts";
import type { AppSettings } from "@devfactory/stacks/app/settings.ts";
import { type AppSpec, parseAppSpec, problemsText } from "@devfactory/stacks/spec/index.ts";
import { parse } from "yaml";
import { PlanError } from "./errors.ts";
import type { PlanDocument } from "./planDocument.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The recording process: it registers some hundred resources within seconds. */
const TIMEOUT_MS = 60_000;
const CHILD = fileURLToPath(new URL("./recordSpecChild.ts", import.meta.url));
/** Stands for a subscription or tenant that nobody named. */
const NOBODY = "00000000-0000-0000-0000-000000000000";
/** Digest of an image that is not built yet. */
const NOT_BUILT = `sha256:${"0".repeat(64)}`;

/**
 * The plan of an app spec, from the platform's own program for apps. It needs no engine, no credential and no network.
 *
 * @param path of `devfactory.yaml`
 * @param environment subscription, tenant and registry by the names that the worker reads; all may be absent
 * @throws {PlanError} `SPEC_UNREADABLE`, `SPEC_INVALID`, `PROGRAM_FAILED`
 */
export async function planSpec(path: string, environment: Environment): Promise<PlanDocument> {
  const spec = readSpec(path);
  const resources = await record(settingsOf(spec, environment));
  const { region, profile, budget } = spec;
  return { region, profile, ...(budget && { budgetMonthlyUsd: budget.monthlyUsd }), resources };
}

function readSpec(path: string): AppSpec {
  let document: unknown;
  try {
    document = parse(readFileSync(path, "utf8"));
  } catch (error) {
    const problem = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    throw new PlanError("SPEC_UNREADABLE", { path, problem }, { cause: error });
  }
  const parsed = parseAppSpec(document);
  if (parsed.ok) return parsed.spec;
  throw new PlanError("SPEC_INVALID", { path, problems: problemsText(parsed.problems) });
}

/** The settings that a deployment would get, as far as they are known before it. */
export function settingsOf(spec: AppSpec, environment: Environment): AppSettings {
  const subscriptionId = environment.ARM_SUBSCRIPTION_ID || environment.AZURE_SUBSCRIPTION_ID || NOBODY;
  const registryId =
    environment.DEVFACTORY_REGISTRY_ID ||
    `/subscriptions/${subscriptionId}/resourceGroups/rg-devfactory/providers/Microsoft.ContainerRegistry/registries/devfactory`;
  const registryLoginServer =
    environment.AZURE_CONTAINER_REGISTRY_ENDPOINT || `${registryId.split("/").at(-1)}.azurecr.io`;
  const built = spec.services.filter(({ kind }) => kind !== "static" && kind !== "function");
  return {
    spec,
    images: Object.fromEntries(
      built.map(({ name }) => [name, `${registryLoginServer}/${spec.name}/${name}@${NOT_BUILT}`]),
    ),
    deployment: {
      appId: environment.DEVFACTORY_APP_ID || spec.name,
      tenantId: environment.DEVFACTORY_TENANT_ID || NOBODY,
      registryId,
      registryLoginServer,
      nameEpoch: 0,
      sqlAdministrator: {
        kind: "Group",
        name: "operators",
        objectId: environment.DEVFACTORY_OPERATOR_OBJECT_ID || NOBODY,
      },
      ...(environment.DEVFACTORY_PRESET && { preset: environment.DEVFACTORY_PRESET }),
    },
    subscriptionId,
    entraTenantId: environment.ARM_TENANT_ID || environment.AZURE_TENANT_ID || NOBODY,
  };
}

type Told =
  | { readonly resources: readonly PlannedResource[] }
  | { readonly problem: { message: string; advice?: string } };

function record(settings: AppSettings): Promise<readonly PlannedResource[]> {
  const told = Promise.withResolvers<readonly PlannedResource[]>();
  const { PATH = "", NODE_COMPILE_CACHE } = process.env;
  const env = { PATH, ...(NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE }) };
  const child = fork(CHILD, { env, stdio: ["ignore", "ignore", "pipe", "ipc"], timeout: TIMEOUT_MS, execArgv: [] });
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr = (stderr + chunk.toString("utf8")).slice(-2_000);
  });
  const fail = (reason: string, advice = "Report it with the spec: a valid spec has a plan.") =>
    told.reject(new PlanError("PROGRAM_FAILED", { reason, advice }));
  child.once("message", (message: Told) => {
    if ("resources" in message) told.resolve(message.resources);
    else fail(message.problem.message, message.problem.advice);
  });
  child.once("error", (error) => fail(error.message));
  child.once("exit", (code, signal) => fail(`the recording ended with ${signal ?? code}: ${stderr.trim()}`));
  child.send(settings);
  return told.promise;
}
