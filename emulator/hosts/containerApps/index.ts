import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { EmulatorContext, EmulatorService } from "../../core/context.ts";
import { type Listener, listen } from "../../core/listener.ts";
import type { ArmResource } from "../../core/resources.ts";
import { imagesOf } from "../../services/registry/images.ts";
import { openIdentityEndpoint } from "../containers/identityEndpoint.ts";
import { isolation } from "../sandbox.ts";
import { App } from "./app.ts";
import { countMessages } from "./countMessages.ts";
import { ExecutionStore } from "./executionStore.ts";
import { containerAppsHooks } from "./hooks.ts";
import { type ContainerAppsOptions, House } from "./house.ts";
import { Job } from "./job.ts";
import { LogStreams } from "./logStream.ts";
import { RevisionStore } from "./revisionStore.ts";

export type { IdentityEndpoint, IdentityEndpointFactory } from "../containers/identities.ts";
export type { ContainerAppsOptions } from "./house.ts";

const STREAM_PORT_KEY = "containerApps/logstream";
/** What a replica gets to end when the emulator itself ends. */
const SHUTDOWN_GRACE_MS = 3000;

/**
 * Container Apps and Jobs: replicas are child processes of the emulator.
 *
 * @param options for tests and other houses; by default images come from the registry service of the same house (create it before),
 * identity endpoints from Entra, message counts from Service Bus
 */
export function createContainerAppsHost(
  context: EmulatorContext,
  options: Partial<ContainerAppsOptions> = {},
): EmulatorService {
  const revisions = new RevisionStore(context.database);
  const executions = new ExecutionStore(context.database);
  const streams = new LogStreams(context);
  const apps = new Map<string, App>();
  const jobs = new Map<string, Job>();
  let house: House | undefined;
  let stream: Listener | undefined;

  const theHouse = (): House => {
    house ??= new House(context, {
      images: options.images ?? imagesOf(context),
      identityEndpoint: (resource) => openIdentityEndpoint(context, resource),
      activeMessages: (queue) => countMessages(context, queue),
      ...options,
    });
    return house;
  };
  const made = <T>(map: Map<string, T>, resource: ArmResource, make: () => T): T => {
    const key = resource.id.toLowerCase();
    const found = map.get(key) ?? make();
    map.set(key, found);
    return found;
  };
  const app = (resource: ArmResource) => made(apps, resource, () => new App(theHouse(), revisions, resource));
  const job = (resource: ArmResource) => made(jobs, resource, () => new Job(theHouse(), executions, resource));

  return {
    name: "containerApps",
    hooks: containerAppsHooks({
      ...{ app, job, executions },
      findApp: (id) => apps.get(id.toLowerCase()),
      forgetApp: (id) => void apps.delete(id.toLowerCase()),
      findJob: (id) => jobs.get(id.toLowerCase()),
      forgetJob: (id) => void jobs.delete(id.toLowerCase()),
      environment: (resource) => ({
        defaultDomain: "localhost",
        staticIp: "127.0.0.1",
        eventStreamEndpoint: `${stream?.url}${resource.id}/eventstream`,
      }),
      streamToken: (resource) => streams.token(resource),
      eventStreamEndpoint: (resource) => `${stream?.url}${resource.id}/eventstream`,
    }),
    async start() {
      await rm(join(context.dataDir, "containers"), { recursive: true, force: true }); // scratch folders of an earlier life
      executions.failUnfinished(context.clock.now());
      if (isolation() === "none")
        context.log("containerApps", "bubblewrap is not available: apps are NOT kept apart from this machine's files");
      const port = await context.ports.portFor(STREAM_PORT_KEY);
      stream = await listen({ port, certificates: context.certificates, handler: (request) => streams.serve(request) });
      for (const resource of context.resources.list("Microsoft.App/jobs")) job(resource).watch();
      const restored = context.resources.list("Microsoft.App/containerApps").map((resource) => app(resource).restore());
      await Promise.all(restored); // the ports are open; replicas follow
    },
    async stop() {
      await stream?.close();
      await Promise.all([
        ...[...apps.values()].map((each) => each.stop(SHUTDOWN_GRACE_MS)),
        ...[...jobs.values()].map((each) => each.stop(SHUTDOWN_GRACE_MS)),
      ]);
      apps.clear();
      jobs.clear();
      theHouse().close();
      theHouse().logs.flush();
    },
  };
}
