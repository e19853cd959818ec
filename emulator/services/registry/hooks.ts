import type { ArmResource, Json, ResourceHooks } from "../../core/resources.ts";
import type { RegistryView } from "./distribution.ts";
import type { Run, RunStore } from "./runStore.ts";
import type { BuildRunner } from "./runs.ts";
import type { SourceStore } from "./sources.ts";

export interface HookParts {
  /** Opens the registry's port, if it is not open. */
  readonly open: (resource: ArmResource) => Promise<RegistryView>;
  readonly close: (resource: ArmResource) => Promise<void>;
  readonly runner: BuildRunner;
  readonly runs: RunStore;
  readonly sources: SourceStore;
}

const RUNS = "Microsoft.ContainerRegistry/registries/runs";

/** Registries, their runs (kept here, shown by ARM), tasks and task runs. */
export function registryHooks(parts: HookParts): readonly ResourceHooks[] {
  const { open, close, runner, runs, sources } = parts;
  const origin = async (resource: ArmResource) => `https://${(await open(resource)).loginServer}`;
  return [
    {
      type: "Microsoft.ContainerRegistry/registries",
      async put({ desired, existing }) {
        const { loginServer } = await open(desired);
        const creationDate = existing?.properties.creationDate ?? new Date().toISOString();
        return { loginServer, creationDate, status: { displayStatus: "Ready" } };
      },
      delete: close,
      actions: {
        listBuildSourceUploadUrl: async (resource) => ({
          status: 200,
          body: sources.newSource(await origin(resource)),
        }),
        scheduleRun: async (resource, body, caller) => {
          const run = runner.schedule(await open(resource), resource.id, body, caller);
          return { status: 200, body: toResource(run) };
        },
      },
    },
    {
      type: RUNS,
      list: (parentId) => runs.list(parentId).map(toResource),
      actions: {
        listLogSasUrl: async (run) => {
          const view = await open({ id: run.id.replace(/\/runs\/[^/]+$/i, ""), name: "", type: "", properties: {} });
          return {
            status: 200,
            body: { logLink: sources.link(`https://${view.loginServer}`, `logs/${run.name}.log`, "r") },
          };
        },
        cancel: async (run) => {
          runner.cancel(run.name);
          return { status: 200 };
        },
      },
    },
    { type: "Microsoft.ContainerRegistry/registries/tasks" }, // stored; only quick builds run
    taskRunHooks(parts),
  ];
}

/** A task run is a run that ARM waits for. */
function taskRunHooks({ open, runner, runs }: HookParts): ResourceHooks {
  return {
    type: "Microsoft.ContainerRegistry/registries/taskRuns",
    async put({ desired, existing, caller }) {
      const tag = desired.properties.forceUpdateTag;
      if (existing?.properties.runResult && existing.properties.forceUpdateTag === tag) return undefined;
      const registryId = desired.id.replace(/\/taskRuns\/[^/]+$/i, "");
      const view = await open({ id: registryId, name: "", type: "", properties: {} });
      const run = runner.schedule(view, registryId, (desired.properties.runRequest ?? {}) as Json, caller);
      await runner.ended(run.runId);
      return { runResult: toResource(runs.get(run.runId) ?? run) };
    },
  };
}

function toResource(run: Run): ArmResource {
  return { id: `${run.registryId}/runs/${run.runId}`, name: run.runId, type: RUNS, properties: run.properties };
}
