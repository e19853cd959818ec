import { createContext, type GrantRow, grantReport, Monitoring, Network, STAGE } from "@devfactory/components/index.ts";
import type * as pulumi from "@pulumi/pulumi";
import { makeAgents } from "./agents.ts";
import { makeFoundation } from "./foundation.ts";
import { grantOperator, makeOperatorGroup } from "./operator.ts";
import { makeServices } from "./services.ts";
import type { PlatformSettings } from "./settings.ts";

/** What a deployment of the platform hands back (docs/architecture.md). */
export interface PlatformOutputs {
  readonly apiUrl: pulumi.Output<string>;
  readonly dashboardUrl: pulumi.Output<string>;
  readonly dashboardSiteId: pulumi.Output<string>;
  readonly apiClientId: pulumi.Output<string>;
  readonly cosmosEndpoint: pulumi.Output<string>;
  readonly keyVaultUri: pulumi.Output<string>;
  readonly blobEndpoint: pulumi.Output<string>;
  readonly storageAccountName: pulumi.Output<string>;
  readonly serviceBusHost: pulumi.Output<string>;
  readonly registryLoginServer: pulumi.Output<string>;
  readonly registryId: pulumi.Output<string>;
  readonly resourceGroupName: pulumi.Output<string>;
  readonly grants: pulumi.Output<GrantRow[]>;
}

/** The factory itself: where it keeps things, its images, API, worker, agents and dashboard. */
export function deployPlatform(settings: PlatformSettings): PlatformOutputs {
  const base = createContext("platform", {
    app: "devfactory",
    stage: STAGE[settings.profile],
    profile: settings.profile,
    location: settings.location,
    subscriptionId: settings.subscriptionId,
    tenantId: settings.tenantId,
    seed: settings.seed,
    epoch: settings.epoch,
    tags: { "devfactory-platform": settings.seed, "devfactory-profile": settings.profile },
  });
  const { notify } = settings;
  const monitoring = new Monitoring("monitoring", { context: base, ...(notify && { notify }) });
  const monitored = monitoring.within(base);
  const network = settings.profile === "production" ? new Network("network", { context: monitored }) : undefined;
  const context = network?.within(monitored) ?? monitored;
  const foundation = makeFoundation(context, network);
  const operatorGroup = settings.operatorGroup ?? makeOperatorGroup(context);
  const agents = makeAgents(context, foundation, network, settings);
  const { api, worker, dashboard, entra } = makeServices(
    context,
    foundation,
    agents,
    { ...settings, operatorGroup },
    monitoring,
  );
  const operator = settings.operatorObjectId
    ? [{ access: [grantOperator(context, foundation, settings.operatorObjectId, [api, worker])] }]
    : [];
  return {
    apiUrl: api.url,
    dashboardUrl: dashboard.url,
    dashboardSiteId: dashboard.siteId,
    apiClientId: entra.clientId,
    cosmosEndpoint: foundation.cosmos.endpoint,
    keyVaultUri: foundation.vault.vaultUri,
    blobEndpoint: foundation.storage.blobEndpoint,
    storageAccountName: foundation.storage.accountName,
    serviceBusHost: foundation.bus.host,
    registryLoginServer: foundation.registry.loginServer,
    registryId: foundation.registry.registryId,
    resourceGroupName: context.resourceGroupName,
    grants: grantReport([api, worker, ...agents.consumers, ...operator]),
  };
}
