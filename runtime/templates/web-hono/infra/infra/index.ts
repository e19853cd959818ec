import { readFileSync } from "node:fs";
import * as app from "@pulumi/azure-native/app/index.js";
import * as authorization from "@pulumi/azure-native/authorization/index.js";
import * as containerregistry from "@pulumi/azure-native/containerregistry/index.js";
import * as managedidentity from "@pulumi/azure-native/managedidentity/index.js";
import * as operationalinsights from "@pulumi/azure-native/operationalinsights/index.js";
import * as resources from "@pulumi/azure-native/resources/index.js";
import * as pulumi from "@pulumi/pulumi";
import { load } from "js-yaml";
import { type DatabaseResource, makeDatabase } from "./database.ts";

interface Service {
  readonly name: string;
  readonly port: number;
  readonly health: string;
  readonly env: Readonly<Record<string, string>>;
  readonly size: { readonly cpu: number };
  readonly scale: { readonly min: number; readonly max: number; readonly concurrency: number };
  readonly public: boolean;
}
interface Spec {
  readonly name: string;
  readonly services: readonly Service[];
  readonly resources: readonly DatabaseResource[];
}

const ACR_PULL = "7f951dda-4ed3-4680-a7ca-43fe172d538d"; // built-in role AcrPull

const spec = load(readFileSync(new URL("../devfactory.yaml", import.meta.url), "utf8")) as Spec;
const image = new pulumi.Config().require("image");

const group = new resources.ResourceGroup(`rg-${spec.name}`);
const resourceGroupName = group.name;
const identity = new managedidentity.UserAssignedIdentity("identity", { resourceGroupName });
const registry = new containerregistry.Registry("registry", {
  resourceGroupName,
  sku: { name: "Basic" },
  adminUserEnabled: false, // the identity pulls
});
const client = authorization.getClientConfigOutput();
const pull = new authorization.RoleAssignment("pull", {
  scope: registry.id,
  principalId: identity.principalId,
  principalType: "ServicePrincipal",
  roleDefinitionId: pulumi.interpolate`/subscriptions/${client.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${ACR_PULL}`,
});
const logs = new operationalinsights.Workspace("logs", {
  resourceGroupName,
  sku: { name: "PerGB2018" },
  retentionInDays: 30,
});
const environment = new app.ManagedEnvironment("environment", {
  resourceGroupName,
  appLogsConfiguration: {
    destination: "log-analytics",
    logAnalyticsConfiguration: {
      customerId: logs.customerId,
      sharedKey: operationalinsights
        .getSharedKeysOutput({ resourceGroupName, workspaceName: logs.name })
        .apply((keys) => keys.primarySharedKey ?? ""),
    },
  },
});
const databases = spec.resources.map((resource) =>
  makeDatabase(resource, { resourceGroupName, identity, tenantId: client.tenantId }),
);
const databaseEnv = databases.flatMap((database) =>
  Object.entries(database.env).map(([name, value]) => ({ name, value })),
);

const apps = spec.services.map((service) => {
  const own = Object.entries(service.env).map(([name, value]) => ({ name, value }));
  return new app.ContainerApp(
    service.name,
    {
      resourceGroupName,
      managedEnvironmentId: environment.id,
      identity: { type: "UserAssigned", userAssignedIdentities: [identity.id] },
      configuration: {
        ingress: { external: service.public, targetPort: service.port, transport: "auto", allowInsecure: false },
        registries: [{ server: registry.loginServer, identity: identity.id }],
      },
      template: {
        containers: [
          {
            name: service.name,
            image,
            resources: { cpu: service.size.cpu, memory: `${service.size.cpu * 2}Gi` },
            env: [...own, { name: "AZURE_CLIENT_ID", value: identity.clientId }, ...databaseEnv],
            probes: [{ type: "Readiness", httpGet: { path: service.health, port: service.port }, periodSeconds: 10 }],
          },
        ],
        scale: {
          minReplicas: service.scale.min,
          maxReplicas: service.scale.max,
          rules: [{ name: "http", http: { metadata: { concurrentRequests: String(service.scale.concurrency) } } }],
        },
      },
    },
    { dependsOn: [pull, ...databases.flatMap((database) => database.ready)] },
  );
});

export const registryName = registry.name;
export const urls = apps.map((each) =>
  each.configuration.apply((configuration) => `https://${configuration?.ingress?.fqdn ?? ""}`),
);
