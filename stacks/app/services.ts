import {
  type Access as AccessGrants,
  type AppContext,
  afterOthers,
  ContainerApp,
  type ContainerAppArgs,
  type ContainerEnvironment,
  ContainerJob,
  type DomainRecord,
  FunctionApp,
  type ImageStore,
  type LinkGrant,
  mapInput,
  type Network,
  type Reached,
  runtimeReader,
  StaticWebApp,
} from "@devfactory/components/index.ts";
import * as pulumi from "@pulumi/pulumi";
import type { Service } from "../spec/index.ts";
import { StackError } from "./errors.ts";
import type { AppResource } from "./resources.ts";
import type { Deployment } from "./settings.ts";

type AppTransform = NonNullable<NonNullable<ContainerAppArgs["transform"]>["app"]>;
type AppArgs = Parameters<Extract<AppTransform, (...given: never[]) => unknown>>[0];

/** Waiting messages that one replica or execution takes before another starts. */
const MESSAGES_PER_REPLICA = 5;

/** In production one replica goes on when another, or its zone, is lost: what the spec says below is raised. */
const PRODUCTION_REPLICAS = 2;

/** A service that was made. `url` is empty for those that nobody can call. */
export interface AppService {
  readonly name: string;
  readonly kind: Service["kind"];
  readonly public: boolean;
  readonly url: pulumi.Output<string> | "";
  /** Only with a name of somebody's own. */
  readonly domain?: { readonly hostName: string; readonly records: pulumi.Output<DomainRecord[]> };
  /** Only of container apps: the name of the newest revision. */
  readonly revision?: pulumi.Output<string>;
  /** Only of a service in several regions: its own address and newest revision in each, the first region first. */
  readonly regions?: readonly Place[];
  readonly access: readonly AccessGrants[];
  /** The TypeScript module that tells its program where its resources are; none of a site. */
  readonly reader?: string;
  /** Only of services with an http address in the environment. */
  readonly app?: ContainerApp;
  /** Only of services that others may call. */
  readonly called?: Pick<ContainerApp, "link">;
}

/** A service in one of its regions. */
export interface Place {
  readonly region: string;
  readonly url: pulumi.Output<string>;
  readonly revision: pulumi.Output<string>;
}

/** What all services of an app are made from. */
export interface Ground {
  readonly context: AppContext;
  /** What functions speak into. */
  readonly network?: Network;
  /** Made for the first service that runs in a container. */
  environment(): ContainerEnvironment;
  /** The platform's registry, and its login server. */
  readonly registry: ImageStore;
  readonly registryHost: string;
  readonly images: Readonly<Record<string, string>>;
  readonly resources: ReadonlyMap<string, AppResource>;
  readonly scaling: Pick<Deployment, "autoScaling" | "cpuPercent">;
  /** Names of people's own, by service. */
  readonly domains: ReadonlyMap<string, NonNullable<Deployment["domains"]>[number]>;
  readonly logLevel?: string;
  /** Only of a further region: part of the names of what is made there. */
  readonly region?: string;
}

/** Makes one service. @throws {StackError} `IMAGE_MISSING`, `USE_UNSUPPORTED`, `CALL_INTERNAL` */
export function makeService(service: Service, ground: Ground, made: ReadonlyMap<string, AppService>): AppService {
  const { name, kind } = service;
  if (kind === "static") return makeSite(service, ground, made);
  if (kind === "function") return makeFunction(service, ground, made);
  const common = {
    context: ground.context,
    environment: ground.environment(),
    ...imageOf(service, ground),
    cpu: service.size.cpu,
    env: environmentOf(service, ground.logLevel),
    link: linksOf(service, ground.resources, made),
  };
  const received = service.uses.find((use) => use.access === "receive");
  const queue = received && ground.resources.get(received.resource)?.queue;
  if (kind === "job") {
    const maxExecutions = service.scale.max;
    const job = new ContainerJob(name, {
      ...common,
      ...(queue && { trigger: { kind: "queue", queue, messages: MESSAGES_PER_REPLICA, maxExecutions } }),
    });
    const reader = readerOf(job, service, ground);
    return { name, kind, public: false, url: "", access: job.access, reader };
  }
  const answersHttp = kind !== "worker";
  const wakes = answersHttp || queue !== undefined; // nothing would wake another worker
  const min = Math.max(
    service.scale.min,
    ground.context.profile === "production" ? PRODUCTION_REPLICAS : wakes ? 0 : 1,
  );
  const domain = answersHttp && service.public ? domainOf(service, ground) : undefined;
  const app = new ContainerApp(ground.region === undefined ? name : `${name}-${ground.region}`, {
    ...common,
    ...(answersHttp && { ingress: { port: service.port, external: service.public } }),
    ...(answersHttp && service.public && { tags: DECLARED_PUBLIC }),
    ...(domain && { domain }),
    health: { port: service.port, path: service.health },
    scale: {
      ...replicas(min, service.scale.max, ground.scaling),
      concurrency: service.scale.concurrency,
      ...(queue && { queue: { queue, messages: MESSAGES_PER_REPLICA } }),
    },
    ...cpuRule(min, ground.scaling),
  });
  const isPublic = answersHttp && service.public;
  return {
    name,
    kind,
    public: isPublic,
    url: answersHttp ? app.url : "",
    revision: revisionOf(app),
    ...(domain && { domain: { hostName: domain.hostName, records: app.domainRecords } }),
    access: app.access,
    reader: readerOf(app, service, ground),
    app,
    ...(answersHttp && { called: app }),
  };
}

/** Code comes as a package after the deployment; until then it answers 503. */
function makeFunction(service: Service, ground: Ground, made: ReadonlyMap<string, AppService>): AppService {
  const { name, kind, memoryMb, scale } = service;
  const { PORT: _, ...env } = environmentOf(service, ground.logLevel);
  const app = new FunctionApp(name, {
    context: ground.context,
    runtime: { name: "node" },
    ...(ground.network && { network: ground.network }),
    ...(service.public && { privateEndpoints: false }), // who calls it, a gateway too, stands outside the network
    alwaysReady: scale.min,
    env,
    link: linksOf(service, ground.resources, made),
    ...(memoryMb && { memoryMb }),
  });
  const reader = readerOf(app, service, ground);
  return { name, kind, public: service.public, url: app.url, access: app.access, reader, called: app };
}

/** How many there are; without scaling as many as always run, which is one at least. */
function replicas(min: number, max: number, { autoScaling = true }: Ground["scaling"]) {
  if (autoScaling) return { min, max: Math.max(min, max) };
  const pinned = Math.max(1, min);
  return { min: pinned, max: pinned };
}

/**
 * Another replica by processor load. It cannot wake a service that sleeps, so only those that always run get it.
 *
 * @see KEDA, "CPU" scaler
 */
function cpuRule(min: number, { autoScaling = true, cpuPercent }: Ground["scaling"]) {
  if (!autoScaling || cpuPercent === undefined || min < 1) return {};
  const rule = { name: "cpu", custom: { type: "cpu", metadata: { type: "Utilization", value: String(cpuPercent) } } };
  const add = (args: AppArgs): AppArgs => ({
    ...args,
    template: mapInput(args.template, (template) => ({
      ...template,
      scale: mapInput(template?.scale, (scale) => ({
        ...scale,
        rules: mapInput(scale?.rules, (rules) => [...(rules ?? []), rule]),
      })),
    })),
  });
  return { transform: { app: add } };
}

function domainOf({ name }: Service, { domains }: Ground) {
  const found = domains.get(name);
  return found && { hostName: found.hostName, step: found.step, apex: found.apex };
}

/** What Azure calls the version of an app that was deployed last. */
function revisionOf(app: ContainerApp): pulumi.Output<string> {
  const made = app.nodes.app as pulumi.Resource & { readonly latestRevisionName?: pulumi.Output<string | undefined> };
  return pulumi.output(made.latestRevisionName).apply((name) => name ?? "");
}

/** Resources under their names in the spec, where one link stands for the whole of them; the containers of a store keep their own. */
function readerOf(consumer: Reached, { uses }: Service, { resources }: Ground): string {
  const names = uses.flatMap(({ resource, access }) => {
    const [link, ...others] = access === "call" ? [] : (resources.get(resource)?.link(access) ?? []);
    return link && others.length === 0 ? [[link.key, resource] as const] : [];
  });
  return runtimeReader(consumer, Object.fromEntries(names));
}

function makeSite(service: Service, ground: Ground, made: ReadonlyMap<string, AppService>): AppService {
  const { name, kind } = service;
  const wrong = service.uses.find((use) => use.access !== "call");
  if (wrong) throw new StackError("USE_UNSUPPORTED", { service: name, kind, resource: wrong.resource });
  const [backend, ...more] = service.uses.map((use) => containerOf(service, use.resource, made));
  if (more.length > 0) {
    const resource = service.uses.map((use) => use.resource).join(" and ");
    throw new StackError("USE_UNSUPPORTED", { service: name, kind, resource });
  }
  const own = domainOf(service, ground);
  // A site has no step between: Azure looks for the record, issues and binds in one go.
  const domain = own && {
    hostName: own.hostName,
    step: own.step === "records" ? ("records" as const) : ("bind" as const),
  };
  const site = new StaticWebApp(name, {
    context: ground.context,
    ...(backend && { sku: "Standard" }),
    ...(domain && { domain }),
  });
  if (backend) site.linkBackend(backend);
  const told = domain && { domain: { hostName: domain.hostName, records: site.domainRecords } };
  return { name, kind, public: true, url: site.url, access: [], ...told };
}

/**
 * The service's image and where it is pulled from: an image that is not the platform's comes from the app's own registry, when there
 * is one.
 */
function imageOf(service: Service, { images, registry, registryHost, resources }: Ground) {
  const image = images[service.name];
  if (!image) {
    throw new StackError("IMAGE_MISSING", {
      service: service.name,
      images: Object.keys(images).join(", ") || "none",
    });
  }
  const own = [...resources.values()].find((resource) => resource.registry)?.registry;
  return { image, registry: own && !image.startsWith(`${registryHost}/`) ? own : registry };
}

/** Tells the rules that somebody wanted the service to answer the internet (CA03). */
const DECLARED_PUBLIC = { "devfactory-public": "true" } as const;

/** `PORT` is what most frameworks listen on; the spec's own settings win. */
function environmentOf(service: Service, logLevel: string | undefined): Readonly<Record<string, string>> {
  return { PORT: String(service.port), ...(logLevel && { LOG_LEVEL: logLevel }), ...service.env };
}

function linksOf(
  service: Service,
  resources: ReadonlyMap<string, AppResource>,
  made: ReadonlyMap<string, AppService>,
): readonly LinkGrant[] {
  return service.uses.flatMap(({ resource, access }) =>
    access === "call"
      ? [callable(service, resource, made).link("call")]
      : (resources.get(resource)?.link(access) ?? []).map((link) => afterOthers(link, made.values())),
  );
}

function callable(service: Service, target: string, made: ReadonlyMap<string, AppService>) {
  const found = made.get(target)?.called;
  if (found) return found;
  throw new StackError("CALL_INTERNAL", { service: service.name, target });
}

/** What a site can be linked to: containers alone. */
function containerOf(service: Service, target: string, made: ReadonlyMap<string, AppService>): ContainerApp {
  const found = made.get(target);
  if (found?.app && found.called) return found.app;
  throw new StackError("CALL_INTERNAL", { service: service.name, target });
}
