import { record, resolved, SUBSCRIPTION_ID, TENANT_ID } from "@devfactory/components/testing/index.ts";
import { parseAppSpec } from "../../spec/index.ts";
import { deployApp } from "../program.ts";
import type { AppSettings, Deployment } from "../settings.ts";

/** What a test says of a deployment; the rest is that of `app-1`. */
export interface AppChoices {
  readonly deployment?: Partial<Deployment>;
  /** Services that have an image. @default all */
  readonly images?: readonly string[];
}

const REGISTRY = "crplatform";
const DIGEST = `sha256:${"a".repeat(64)}`;

/** The settings of an app's stack. @param document the spec, without what every spec says of itself */
export function appSettings(document: object, { deployment = {}, images }: AppChoices = {}): AppSettings {
  const parsed = parseAppSpec({ version: 1, name: "shop", title: "Shop", ...document });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const { spec } = parsed;
  const built = images ?? spec.services.map(({ name }) => name);
  return {
    spec,
    images: Object.fromEntries(built.map((name) => [name, `${REGISTRY}.azurecr.io/app-1/${name}@${DIGEST}`])),
    deployment: {
      appId: "app-1",
      tenantId: "tenant-1",
      registryId: `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/rg-platform/providers/Microsoft.ContainerRegistry/registries/${REGISTRY}`,
      registryLoginServer: `${REGISTRY}.azurecr.io`,
      nameEpoch: 0,
      ...deployment,
    },
    subscriptionId: SUBSCRIPTION_ID,
    entraTenantId: TENANT_ID,
  };
}

/** What the program of apps registers, and its outputs. */
export function recordApp(settings: AppSettings) {
  return record(
    async () => {
      const { url, services, resourceGroupName, domains, grants, runtime } = deployApp(settings);
      return {
        url: await resolved(url),
        services: await resolved(services),
        resourceGroupName: await resolved(resourceGroupName),
        domains: await resolved(domains),
        grants: await resolved(grants),
        runtime,
      };
    },
    { project: "devfactory-app", stack: "app-1" },
  );
}
