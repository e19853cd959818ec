import type { AppSpec } from "@devfactory/stacks/spec/index.ts";
import { build } from "./build.ts";
import { container } from "./container.ts";
import { deploy } from "./deploy.ts";
import type { JobSession } from "./jobSession.ts";
import { round } from "./round.ts";
import { sync } from "./sync.ts";

/** What is deployed. */
export interface AppToDeploy {
  readonly spec: AppSpec;
  /** Blob with the files. */
  readonly workspace: string;
  /** All wishes that are in it. */
  readonly feedback: readonly string[];
}

/**
 * A validated spec and its files become a running app: container, sync, build, deploy, and the record of the app.
 *
 * @throws {AutomationError} `OVER_BUDGET` before anything was created; what the steps throw
 */
export async function deployApp(session: JobSession, { spec, workspace, feedback }: AppToDeploy): Promise<void> {
  const { services, job, app } = session.options;
  const { jobId, tenantId } = job;
  services.deployer.prepare(); // its process gets ready while source and images are made
  await session.step(container, { registryId: services.registry.id });
  await session.step(sync, { jobId, workspace });
  const built = await session.step(build, { spec, workspace });
  const images = Object.fromEntries(Object.entries(built.images).map(([name, image]) => [name, image.reference]));
  const approved = job.approvedMonthlyUsd === undefined ? {} : { approvedMonthlyUsd: job.approvedMonthlyUsd };
  const done = await session.step(
    { ...deploy, timeoutMs: services.deploymentTimeoutMs },
    { spec, images, tenantId, ...approved },
  );
  const shared = {
    services: done.services,
    monthlyUsd: done.estimate.monthlyUsd,
    ...(done.url === undefined ? {} : { url: done.url }),
  };
  await session.commit((current) => ({
    job: {
      ...shared,
      costMetrics: { ...current.costMetrics, computeSec: round(current.costMetrics.computeSec + built.seconds) },
    },
    app: {
      ...shared,
      status: "live",
      title: spec.title,
      spec,
      workspace,
      images: built.images,
      // A repeated attempt of this job is the same iteration.
      iteration: app.iteration + 1,
      feedback,
    },
  }));
}
