import { ArmError, type ArmResource, type Json, type ResourceHooks } from "../../core/resources.ts";
import type { App } from "./app.ts";
import type { Execution, ExecutionStore } from "./executionStore.ts";
import { checkSecretReferences } from "./house.ts";
import type { Job } from "./job.ts";
import type { Replica } from "./replica.ts";
import { readConfiguration, readTemplate } from "./settings.ts";

export interface HookParts {
  /** The app of a resource, made when it is new. */
  readonly app: (resource: ArmResource) => App;
  readonly findApp: (id: string) => App | undefined;
  readonly forgetApp: (id: string) => void;
  readonly job: (resource: ArmResource) => Job;
  readonly findJob: (id: string) => Job | undefined;
  readonly forgetJob: (id: string) => void;
  readonly executions: ExecutionStore;
  readonly environment: (resource: ArmResource) => Json;
  /** A token for log streams of a resource and all below it. */
  readonly streamToken: (resource: ArmResource) => Json;
  readonly eventStreamEndpoint: (resource: ArmResource) => string;
}

const APP = "Microsoft.App/containerApps";
const REVISION = `${APP}/revisions`;
const REPLICA = `${REVISION}/replicas`;
const JOB = "Microsoft.App/jobs";
const SECRETS = ["configuration.secrets[].value"];

/** Environments, container apps with their revisions and replicas, jobs with their executions. */
export function containerAppsHooks(parts: HookParts): readonly ResourceHooks[] {
  return [
    {
      type: "Microsoft.App/managedEnvironments",
      put: async ({ desired }) => parts.environment(desired),
      actions: { getAuthtoken: async (resource) => ({ status: 200, body: tokenBody(resource, parts) }) },
      secretPaths: ["appLogsConfiguration.logAnalyticsConfiguration.sharedKey"],
    },
    appHooks(parts),
    revisionHooks(parts),
    replicaHooks(parts),
    jobHooks(parts),
    executionHooks(parts),
  ];
}

function appHooks(parts: HookParts): ResourceHooks {
  const run = (running: boolean) => async (resource: ArmResource) => {
    await parts.findApp(resource.id)?.setRunning(running);
    return { status: 200, body: resource };
  };
  return {
    type: APP,
    secretPaths: SECRETS,
    validate: ({ desired }) => checkTemplate(desired),
    async put({ desired }) {
      const app = parts.app(desired);
      await app.update(desired);
      return { ...app.properties(), eventStreamEndpoint: parts.eventStreamEndpoint(desired) };
    },
    read: (resource) => parts.findApp(resource.id)?.properties() ?? {},
    async delete(resource) {
      await parts.findApp(resource.id)?.delete();
      parts.forgetApp(resource.id);
    },
    actions: {
      start: run(true),
      stop: run(false),
      listSecrets: async (resource) => ({ status: 200, body: { value: secretsOf(resource) } }),
      getAuthtoken: async (resource) => ({ status: 200, body: tokenBody(resource, parts) }),
    },
  };
}

/** @throws {ArmError} 400 for what Container Apps refuses before it stores anything */
function checkTemplate(desired: ArmResource): void {
  const template = readTemplate(desired.properties.template);
  const configuration = readConfiguration(desired.properties.configuration);
  if (template.containers.length === 0)
    throw new ArmError(400, "ContainerAppInvalidTemplate", "The template has no containers.");
  if (template.maxReplicas < Math.max(template.minReplicas, 1) || template.maxReplicas > 1000) {
    throw new ArmError(
      400,
      "ContainerAppInvalidScaleSpec",
      "maxReplicas must be 1 to 1000 and not less than minReplicas.",
    );
  }
  checkSecretReferences(template, configuration);
  const weights = configuration.ingress?.traffic ?? [];
  const total = weights.reduce((sum, each) => sum + each.weight, 0);
  if (configuration.multiple && weights.length > 0 && total !== 100) {
    throw new ArmError(400, "ContainerAppInvalidTraffic", `The traffic weights add up to ${total}, not to 100.`);
  }
}

function secretsOf(resource: ArmResource): readonly Json[] {
  return readConfiguration(resource.properties.configuration).secrets.map(({ name, value, keyVaultUrl, identity }) => {
    return keyVaultUrl === undefined ? { name, value: value ?? "" } : { name, keyVaultUrl, identity };
  });
}

function tokenBody(resource: ArmResource, parts: HookParts): Json {
  const { id, name, type, location } = resource;
  return { id, name, type, location, properties: parts.streamToken(resource) };
}

function revisionHooks(parts: HookParts): ResourceHooks {
  const control = (verb: "activate" | "deactivate" | "restart") => async (resource: ArmResource) => {
    parts.findApp(parentOf(resource.id))?.control(resource.name, verb);
    return { status: 200 };
  };
  return {
    type: REVISION,
    list: (parentId) => {
      const app = parts.findApp(parentId);
      return (app?.revisions() ?? []).map(({ name, template, createdMs, active, state, live, weight }): ArmResource => {
        const replicas = live?.replicas.length ?? 0;
        return {
          id: `${app?.resource.id}/revisions/${name}`,
          name,
          type: REVISION,
          properties: {
            createdTime: new Date(createdMs).toISOString(),
            active,
            template,
            replicas,
            trafficWeight: weight,
            fqdn: app?.properties().latestRevisionFqdn ?? "",
            provisioningState: state === "Ready" ? "Provisioned" : state,
            healthState: state === "Failed" ? "Unhealthy" : live?.pick() ? "Healthy" : "None",
            runningState: runningState(active, state, replicas),
          },
        };
      });
    },
    actions: { activate: control("activate"), deactivate: control("deactivate"), restart: control("restart") },
  };
}

function runningState(active: boolean, state: string, replicas: number): string {
  if (state === "Failed") return "Failed";
  if (!active) return "Stopped";
  if (state === "Provisioning") return "Processing";
  return replicas === 0 ? "ScaledToZero" : "Running";
}

function replicaHooks(parts: HookParts): ResourceHooks {
  return {
    type: REPLICA,
    list: (parentId) => {
      const app = parts.findApp(parentOf(parentId));
      const name = parentId.split("/").at(-1)?.toLowerCase();
      const revision = app?.revisions().find((each) => each.name.toLowerCase() === name);
      return (revision?.live?.replicas ?? []).map((each) =>
        toReplica(`${app?.resource.id}/revisions/${revision?.name}`, each),
      );
    },
  };
}

function toReplica(revisionId: string, replica: Replica): ArmResource {
  const ready = replica.state === "ready";
  const runningState = ready || replica.state === "unready" ? "Running" : "NotRunning";
  return {
    id: `${revisionId}/replicas/${replica.name}`,
    name: replica.name,
    type: REPLICA,
    properties: {
      createdTime: new Date(replica.createdMs).toISOString(),
      runningState,
      containers: replica.containerNames.map((name) => ({
        name,
        ready,
        started: ready,
        restartCount: replica.restarts,
        runningState,
      })),
    },
  };
}

function jobHooks(parts: HookParts): ResourceHooks {
  return {
    type: JOB,
    secretPaths: SECRETS,
    validate: ({ desired }) =>
      checkSecretReferences(
        readTemplate(desired.properties.template),
        readConfiguration(desired.properties.configuration),
      ),
    async put({ desired }) {
      await parts.job(desired).update(desired);
      return { eventStreamEndpoint: parts.eventStreamEndpoint(desired), outboundIpAddresses: ["127.0.0.1"] };
    },
    async delete(resource) {
      await parts.findJob(resource.id)?.stop();
      parts.forgetJob(resource.id);
      parts.executions.deleteJob(resource.id);
    },
    actions: {
      start: async (resource, body) => {
        const name = await parts.job(resource).start(body);
        return { status: 200, body: { id: `${resource.id}/executions/${name}`, name } };
      },
      stop: async (resource, body) => {
        const names = Array.isArray(body.jobExecutionName)
          ? body.jobExecutionName.map((each: { name?: string } | string) =>
              typeof each === "string" ? each : (each.name ?? ""),
            )
          : undefined;
        await parts.findJob(resource.id)?.stopExecutions(names);
        return {
          status: 200,
          body: { value: parts.executions.list(resource.id).map((each) => toExecution(resource.id, each)) },
        };
      },
      listSecrets: async (resource) => ({ status: 200, body: { value: secretsOf(resource) } }),
      getAuthtoken: async (resource) => ({ status: 200, body: tokenBody(resource, parts) }),
    },
  };
}

function executionHooks(parts: HookParts): ResourceHooks {
  return {
    type: `${JOB}/executions`,
    list: (parentId) => {
      const id = parts.findJob(parentId)?.resource.id ?? parentId;
      return parts.executions.list(id).map((each) => toExecution(id, each));
    },
    actions: {
      stop: async (resource) => {
        await parts.findJob(parentOf(resource.id))?.stopExecutions([resource.name]);
        return { status: 200 };
      },
    },
  };
}

function toExecution(jobId: string, { name, status, startMs, endMs, template }: Execution): ArmResource {
  const properties = {
    status,
    startTime: new Date(startMs).toISOString(),
    ...(endMs === undefined ? {} : { endTime: new Date(endMs).toISOString() }),
    template,
  };
  return { id: `${jobId}/executions/${name}`, name, type: `${JOB}/executions`, properties };
}

/** The resource two path segments up. */
function parentOf(id: string): string {
  return id.split("/").slice(0, -2).join("/");
}
