import {
  ContainerEnvironment,
  ContainerRegistry,
  createContext,
  type DomainRecord,
  type GrantRow,
  grantReport,
  Monitoring,
  type SqlStep,
  STAGE,
  sqlSteps,
} from "@devfactory/components/index.ts";
import * as pulumi from "@pulumi/pulumi";
import { type AppSpec, entryOf } from "../spec/index.ts";
import { makeBudget } from "./budget.ts";
import { makeGateways } from "./gateways.ts";
import { isInternal, makeNetwork } from "./network.ts";
import { inCallOrder } from "./order.ts";
import { checkRegions, makeFurtherRegions, servicesOf } from "./regions.ts";
import { makeResources } from "./resources.ts";
import { type AppService, makeService } from "./services.ts";
import type { AppSettings } from "./settings.ts";
import { sizedSpec } from "./sizes.ts";

/** Where a service of the deployed app answers; `url` is empty for workers and jobs. */
export interface ServiceOutput {
  readonly name: string;
  readonly kind: string;
  readonly url: string;
  /** Of a container app: the name of its newest revision. */
  readonly revision?: string;
  /** Of one in several regions: its own address and newest revision in each; `url` is the address before them all. */
  readonly regions?: readonly { readonly region: string; readonly url: string; readonly revision: string }[];
}

/** The records of one domain. */
export interface DomainOutput {
  readonly hostName: string;
  readonly records: readonly DomainRecord[];
}

/** What a deployment hands back. */
export interface AppOutputs {
  /** Address of the first public service; empty when there is none. */
  readonly url: pulumi.Output<string>;
  readonly services: pulumi.Output<ServiceOutput[]>;
  readonly resourceGroupName: pulumi.Output<string>;
  /** What owners of the deployment's domains set in their zones. */
  readonly domains: pulumi.Output<DomainOutput[]>;
  /** Who may do what on which scope. */
  readonly grants: pulumi.Output<GrantRow[]>;
  /** Rights inside SQL databases, which `sqlAdministrator` gives by running the statements. */
  readonly sqlSteps: pulumi.Output<SqlStep[]>;
  /** By service: the text of the TypeScript module that tells its program where its resources are. */
  readonly runtime: Readonly<Record<string, string>>;
}

/**
 * The whole infrastructure of one app, in a resource group of its own: monitoring, a container environment, the spec's resources and
 * services, and the rights between them. Images come from the platform's registry.
 *
 * @throws {StackError} before anything is made
 */
export function deployApp({ spec: written, images, deployment, ...cloud }: AppSettings): AppOutputs {
  const spec = sizedSpec(written, deployment);
  checkRegions(spec, deployment.privateDatabases);
  const services = inCallOrder(servicesOf(spec));
  const base = createContext("app", {
    app: spec.name,
    stage: STAGE[spec.profile],
    profile: spec.profile,
    location: spec.region,
    subscriptionId: cloud.subscriptionId,
    tenantId: cloud.entraTenantId,
    seed: deployment.appId,
    epoch: deployment.nameEpoch,
    tags: tagsOf(spec, deployment),
  });
  const monitored = new Monitoring("monitoring", { context: base }).within(base);
  const network = makeNetwork(monitored, spec, deployment.privateDatabases);
  const context = network?.within(monitored) ?? monitored;
  let environment: ContainerEnvironment | undefined;
  const entry = entryOf(spec)?.name;
  const domains = deployment.domains ?? [];
  const ground = {
    context,
    ...(network && { network }),
    environment: () => {
      environment ??= new ContainerEnvironment("environment", {
        context,
        ...(network && { network, internal: isInternal(spec) }),
      });
      return environment;
    },
    registry: ContainerRegistry.existing("registry", {
      registryId: deployment.registryId,
      loginServer: deployment.registryLoginServer,
    }),
    registryHost: deployment.registryLoginServer,
    images,
    scaling: deployment,
    // Before several regions the door bears the entry's name.
    domains: new Map(domains.flatMap((each) => (each.service === entry ? [] : [[each.service, each] as const]))),
    resources: makeResources(context, spec.resources, network, deployment),
    ...(deployment.logLevel && { logLevel: deployment.logLevel }),
  };
  const made = new Map<string, AppService>();
  for (const service of services) made.set(service.name, makeService(service, ground, made));
  const named = domains.find(({ service }) => service === entry);
  makeFurtherRegions(spec, services, { ground, domain: named }, made);
  makeGateways(context, spec.resources, made);
  makeBudget(context, spec, deployment);
  return outputsOf(spec, made, context.resourceGroupName);
}

function outputsOf(
  spec: AppSpec,
  made: ReadonlyMap<string, AppService>,
  resourceGroupName: pulumi.Output<string>,
): AppOutputs {
  const inOrder = spec.services.flatMap(({ name }) => made.get(name) ?? []);
  const services = inOrder.map(({ name, kind, url, revision = "", regions = [] }) =>
    pulumi.all([url, revision, pulumi.all(regions.map((each) => pulumi.output(each)))]).apply(
      ([at, of, places]): ServiceOutput => ({
        name,
        kind,
        url: at,
        ...(of !== "" && { revision: of }),
        ...(places.length > 0 && { regions: places }),
      }),
    ),
  );
  return {
    url: pulumi.output(inOrder.find((service) => service.public)?.url ?? ""),
    services: pulumi.all(services),
    domains: pulumi.all(
      inOrder.flatMap(({ domain }) =>
        domain ? [pulumi.output(domain.records).apply((records) => ({ ...domain, records }))] : [],
      ),
    ),
    resourceGroupName,
    grants: grantReport(inOrder),
    sqlSteps: sqlSteps(inOrder),
    runtime: Object.fromEntries(inOrder.flatMap(({ name, reader }) => (reader ? [[name, reader]] : []))),
  };
}

function tagsOf(spec: AppSpec, deployment: AppSettings["deployment"]): Readonly<Record<string, string>> {
  return {
    "devfactory-app": deployment.appId,
    "devfactory-tenant": deployment.tenantId,
    "devfactory-registry": deployment.registryLoginServer, // tells platforms in one subscription apart
    "devfactory-name": spec.name,
    "devfactory-profile": spec.profile,
    ...(deployment.expiresAt !== undefined && { "devfactory-expires": deployment.expiresAt }),
  };
}
