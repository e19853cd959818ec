import type { AppSpec, Service } from "@devfactory/stacks/spec/index.ts";
import { type FileSet, hashFiles, sourceOnly } from "../archive/fileSet.ts";
import { writeTar } from "../archive/tar.ts";
import { imageSource } from "../build/imageSource.ts";
import { AutomationError } from "../errors.ts";
import type { Artifact } from "../jobs/documents.ts";
import { hashOf } from "../jobs/ids.ts";
import type { WorkflowServices } from "./services.ts";
import type { Step, StepContext } from "./step.ts";
import { storeArtifact } from "./sync.ts";
import { loadWorkspace } from "./workspace.ts";

export interface BuildInput {
  readonly spec: AppSpec;
  readonly workspace: string;
}

export interface BuiltImage {
  readonly reference: string;
  readonly sourceHash: string;
}

export interface Built {
  readonly images: Readonly<Record<string, BuiltImage>>;
  /** Services whose image of before fits. */
  readonly reused: readonly string[];
  readonly artifacts: readonly Artifact[];
  readonly seconds: number;
  /** Of each service that was built: what the registry keeps of its image, and the most memory that its build held. */
  readonly measured: Readonly<Record<string, Measured>>;
}

interface Measured {
  readonly imageBytes?: number;
  readonly peakMemoryMib?: number;
}

/** One image per service, by digest; a service whose source did not change keeps its image. */
export const build: Step<BuildInput, Built> = {
  name: "build",
  timeoutMs: 30 * 60_000,
  async run({ spec, workspace }, context) {
    const files = sourceOnly(await loadWorkspace(context.services.workspaces, workspace));
    const done = await Promise.all(
      spec.services.map(async (service) => ({
        service: service.name,
        ...(await buildService(service, files, context)),
      })),
    );
    return {
      images: Object.fromEntries(done.map(({ service, image }) => [service, image])),
      reused: done.filter((each) => each.seconds === 0).map((each) => each.service),
      artifacts: done.flatMap((each) => each.artifacts),
      seconds: done.reduce((sum, each) => sum + each.seconds, 0),
      measured: Object.fromEntries(done.flatMap(({ service, measured }) => (measured ? [[service, measured]] : []))),
    };
  },
  async outdated({ images }, { spec, workspace }, { services, signal }) {
    const files = sourceOnly(await loadWorkspace(services.workspaces, workspace));
    for (const service of spec.services) {
      const image = images[service.name];
      // The same files may be built in another way since: a Dockerfile that the platform writes is part of the hash.
      if (image?.sourceHash !== sourceOf(files, service, services).sourceHash)
        return `${service.name} would be built in another way now`;
      if (!(await services.builder.has(image.reference, signal)))
        return `the registry does not have the image of ${service.name} any more`;
    }
    return undefined;
  },
};

/** What an image is built from, and the hash that says whether one is the same. */
function sourceOf(files: FileSet, service: Service, { registry }: Pick<WorkflowServices, "registry">) {
  const { files: source, dockerfile } = imageSource(files, service);
  return { source, dockerfile, sourceHash: hashOf([hashFiles(source), dockerfile, registry.id]) };
}

async function buildService(
  service: Service,
  files: FileSet,
  context: StepContext,
): Promise<{ image: BuiltImage; artifacts: readonly Artifact[]; seconds: number; measured?: Measured }> {
  const { source, dockerfile, sourceHash } = sourceOf(files, service, context.services);
  const before = context.app.images?.[service.name];
  if (before?.sourceHash === sourceHash) {
    context.report({ type: "log", message: `${service.name}: unchanged, its image stays` });
    return { image: before, artifacts: [], seconds: 0 };
  }
  context.report({ type: "build_started", message: `${service.name}: building`, data: { service: service.name } });
  const request = {
    service: service.name,
    repository: `apps/${context.job.appId}/${service.name}`,
    tags: tagsOf(sourceHash, context),
    context: await writeTar(source),
    dockerfile,
  };
  const { jobId } = context.job;
  const name = `build-${service.name}.log`;
  const keep = (log: string) => storeArtifact(context, jobId, name, Buffer.from(log), "text/plain; charset=utf-8");
  try {
    const result = await context.services.builder.build(request, context.signal);
    const { digest, durationMs, bytes, peakMemoryMib } = result;
    const measured = {
      ...(bytes === undefined ? {} : { imageBytes: bytes }),
      ...(peakMemoryMib === undefined ? {} : { peakMemoryMib }),
    };
    const size = bytes === undefined ? "" : `${(bytes / 1e6).toFixed(1)} MB, `;
    context.report({
      type: "build_finished",
      message: `${service.name}: ${size}${digest}`,
      data: { service: service.name, digest, durationMs, ...measured },
    });
    const image = { reference: result.reference, sourceHash };
    return { image, artifacts: [await keep(result.log)], seconds: durationMs / 1000, measured };
  } catch (error) {
    if (error instanceof AutomationError && error.code === "BUILD_FAILED") {
      const log = String(error.details.log ?? "");
      await keep(log);
      context.report({ type: "log", level: "error", message: log.slice(-8_000) });
    }
    throw error;
  }
}

/** The commit that it was built of, where the files came by git, else the hash of what it is built from; and the app's version. */
function tagsOf(sourceHash: string, { app, job }: StepContext): readonly string[] {
  const origin = job.source?.git?.commit ?? sourceHash;
  return [origin.slice(0, 12), `v${app.iteration + 1}`];
}
