import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { PlannedResource } from "@devfactory/checks/index.ts";
import type { AppSettings } from "@devfactory/stacks/app/settings.ts";
import { type AppSpec, type Preset, type Profile, parseAppSpec, problemsText } from "@devfactory/stacks/spec/index.ts";
import { parse } from "yaml";
import { PlanError } from "./errors.ts";
import type { PlanDocument } from "./planDocument.ts";
import { recordInChild } from "./recordInChild.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const CHILD = fileURLToPath(new URL("./recordSpecChild.ts", import.meta.url));
/** Stands for a subscription or tenant that nobody named. */
const NOBODY = "00000000-0000-0000-0000-000000000000";
/** Digest of an image that is not built yet. */
const NOT_BUILT = `sha256:${"0".repeat(64)}`;

/** What of a spec and its deployment is planned otherwise. */
export interface SpecChange {
  readonly profile?: Profile;
  readonly region?: string;
  readonly preset?: string;
  readonly sizes?: Preset;
}

/**
 * The plan of an app spec, from the platform's own program for apps. It needs no engine, no credential and no network.
 *
 * @param path of `devfactory.yaml`
 * @param environment subscription, tenant and registry by the names that the worker reads; all may be absent
 * @throws {PlanError} `SPEC_UNREADABLE`, `SPEC_INVALID`, `PROGRAM_FAILED`
 */
export async function planSpec(
  path: string,
  environment: Environment,
  { preset, sizes, profile: other, region: elsewhere }: SpecChange = {},
): Promise<PlanDocument> {
  const written = readSpec(path);
  const spec = { ...written, ...(other && { profile: other }), ...(elsewhere && { region: elsewhere }) };
  const settings = settingsOf(spec, environment);
  const deployment = { ...settings.deployment, ...(preset && { preset }), ...(sizes && { sizes }) };
  const resources = await recordSpec({ ...settings, deployment });
  const { region, profile, budget } = spec;
  return { region, profile, ...(budget && { budgetMonthlyUsd: budget.monthlyUsd }), resources };
}

/** What the program of apps registers with these settings. @throws {PlanError} `PROGRAM_FAILED` */
export function recordSpec(settings: AppSettings): Promise<readonly PlannedResource[]> {
  return recordInChild(CHILD, settings);
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

/** Service → the image that a build would make of it, with a digest of nothing. @param repositories registry and path before the services' names */
export function notBuiltImages(spec: AppSpec, repositories: string): AppSettings["images"] {
  const built = spec.services.filter(({ kind }) => kind !== "static" && kind !== "function");
  return Object.fromEntries(built.map(({ name }) => [name, `${repositories}/${name}@${NOT_BUILT}`]));
}

/** The settings that a deployment would get, as far as they are known before it. */
export function settingsOf(spec: AppSpec, environment: Environment): AppSettings {
  const subscriptionId = environment.ARM_SUBSCRIPTION_ID || environment.AZURE_SUBSCRIPTION_ID || NOBODY;
  const registryId =
    environment.DEVFACTORY_REGISTRY_ID ||
    `/subscriptions/${subscriptionId}/resourceGroups/rg-devfactory/providers/Microsoft.ContainerRegistry/registries/devfactory`;
  const registryLoginServer =
    environment.AZURE_CONTAINER_REGISTRY_ENDPOINT || `${registryId.split("/").at(-1)}.azurecr.io`;
  return {
    spec,
    images: notBuiltImages(spec, `${registryLoginServer}/${spec.name}`),
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
