import { ContainerEnvironment, FrontDoor } from "@devfactory/components/index.ts";
import * as pulumi from "@pulumi/pulumi";
import type { AppSpec, Service } from "../spec/index.ts";
import { entryOf, everywhere } from "../spec/index.ts";
import { StackError } from "./errors.ts";
import { needsNetwork } from "./privacy.ts";
import { type AppService, type Ground, makeService, type Place } from "./services.ts";
import type { Deployment } from "./settings.ts";

/**
 * An environment of another region cannot join the network of the first one, and would not reach what answers only there.
 *
 * @throws {StackError} `REGIONS_PRIVATE`
 */
export function checkRegions(spec: AppSpec, privateDatabases: boolean | undefined): void {
  const { region, alsoIn = [] } = spec;
  if (alsoIn.length === 0 || !needsNetwork(spec, privateDatabases)) return;
  throw new StackError("REGIONS_PRIVATE", { region, regions: alsoIn.join(", ") });
}

/**
 * The services of an app; in several regions its entry always runs, because the door's probes would keep it awake anyway: told, so that
 * the estimate counts it.
 */
export function servicesOf(spec: AppSpec): readonly Service[] {
  const entry = entryOf(spec);
  return spec.services.map((service) =>
    service === entry ? { ...service, scale: { ...service.scale, min: Math.max(1, service.scale.min) } } : service,
  );
}

/** What further regions are made from. */
interface Spread {
  /** Of the first region. */
  readonly ground: Ground;
  /** The entry's name of somebody's own, if it has one. */
  readonly domain: NonNullable<Deployment["domains"]>[number] | undefined;
}

/**
 * Makes the entry and what it calls once more in each further region, and one door before the entry: the first region answers as long as
 * it is healthy, then the next. What stays in the first region (data, workers, functions) is used from there.
 *
 * @param services in the order of their calls
 * @param made the services of the first region; the entry's address becomes the door's
 */
export function makeFurtherRegions(
  spec: AppSpec,
  services: readonly Service[],
  { ground, domain }: Spread,
  made: Map<string, AppService>,
): void {
  const names = everywhere(spec);
  const copied = services.filter(({ name }) => names.has(name));
  for (const region of spec.alsoIn ?? []) makeRegion(region, spec.region, copied, ground, made);
  const entry = services.find(({ name }) => name === entryOf(spec)?.name);
  if (entry) makeDoor(entry, { ground, domain }, made);
}

function makeRegion(
  region: string,
  firstRegion: string,
  services: readonly Service[],
  ground: Ground,
  made: Map<string, AppService>,
): void {
  const context = { ...ground.context, location: region };
  const environment = new ContainerEnvironment(`environment-${region}`, { context });
  const there: Ground = { ...ground, context, environment: () => environment, region };
  const here = new Map(made); // who is called: the same region's, where there is one
  for (const service of services) {
    const first = made.get(service.name);
    if (!first) continue;
    const copy = makeService(service, there, here);
    const access = [...first.access, ...copy.access];
    here.set(service.name, { ...copy, access, ...(first.called && { called: underName(first.called, copy) }) });
    const regions = [...(first.regions ?? [placeOf(first, firstRegion)]), placeOf(copy, region)];
    made.set(service.name, { ...first, access, regions });
  }
}

function placeOf({ url, revision }: AppService, region: string): Place {
  return { region, url: pulumi.output(url), revision: pulumi.output(revision ?? "") };
}

/** The copy is called as the first one is, so that programs find it under the same variable in every region. */
function underName(first: NonNullable<AppService["called"]>, { url }: AppService): NonNullable<AppService["called"]> {
  return {
    link: (access) => {
      const link = first.link(access);
      return { ...link, env: Object.fromEntries(Object.keys(link.env).map((name) => [name, url])) };
    },
  };
}

function makeDoor({ name, health }: Service, { ground, domain: own }: Spread, made: Map<string, AppService>): void {
  const service = made.get(name);
  if (!service) return;
  const origins = (service.regions ?? []).map(({ region, url }, index) => {
    const host = url.apply((address) => new URL(address).host);
    return [region, { host, priority: index + 1 }] as const;
  });
  // A door takes a name up and binds it in one go, as a site does.
  const domain = own && {
    hostName: own.hostName,
    step: own.step === "records" ? ("records" as const) : ("bind" as const),
  };
  const door = new FrontDoor("door", {
    context: ground.context,
    origins: Object.fromEntries(origins),
    healthPath: health,
    ...(domain && { domain }),
  });
  const told = domain && { domain: { hostName: domain.hostName, records: door.domainRecords } };
  made.set(name, { ...service, url: door.url, ...told });
}
