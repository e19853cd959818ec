import type { AppSpec } from "@devfactory/stacks/spec/index.ts";
import { domainConfig } from "../jobs/domains.ts";
import type { Release } from "../jobs/release.ts";
import { advanceDomains } from "./advanceDomains.ts";
import { build } from "./build.ts";
import { container } from "./container.ts";
import { deploy } from "./deploy.ts";
import type { JobSession } from "./jobSession.ts";
import { pushRepo } from "./pushRepo.ts";
import { round } from "./round.ts";
import { sync } from "./sync.ts";

/** What is deployed. */
export interface AppToDeploy {
  readonly spec: AppSpec;
  /** Blob with the files. */
  readonly workspace: string;
  /** All wishes that are in it. */
  readonly feedback: readonly string[];
  /** Images that were built before; without them they are built of the files. */
  readonly images?: Release["images"];
  /** It is what runs already, and no new version. */
  readonly keepsVersion?: boolean;
}

/** What a job with images of before does not do. */
const BUILDING = ["container", "sync", "build"] as const;

/**
 * A validated spec and its files become a running app: container, sync, build, deploy, and the record of the app.
 *
 * @throws {AutomationError} `OVER_BUDGET` before anything was created; what the steps throw
 */
export async function deployApp(session: JobSession, given: AppToDeploy): Promise<void> {
  const { spec, workspace, feedback } = given;
  const { services, job, app } = session.options;
  const { jobId, tenantId } = job;
  services.deployer.prepare(); // its process gets ready while source and images are made
  const built = await builtImages(session, given);
  const images = Object.fromEntries(Object.entries(built.images).map(([name, image]) => [name, image.reference]));
  const approved = job.approvedMonthlyUsd === undefined ? {} : { approvedMonthlyUsd: job.approvedMonthlyUsd };
  const wanted = { spec, images, tenantId, ...approved };
  const domains = domainConfig((await session.options.lease.app()).domains, spec);
  const done = await session.step(
    { ...deploy, timeoutMs: services.deploymentTimeoutMs },
    { ...wanted, ...(domains.length > 0 && { domains }) },
  );
  // A repeated attempt of this job is the same iteration.
  const isRepeated = app.deployment === jobId;
  const iteration = isRepeated ? app.iteration : app.iteration + 1;
  const release: Release = { iteration, spec, workspace, images: built.images, feedback };
  const shared = {
    services: done.services,
    monthlyUsd: done.estimate.monthlyUsd,
    unpricedParts: done.estimate.unpricedParts ?? 0, // in place of what an earlier deployment left out
    describesApi: done.describesApi,
    ...(done.url === undefined ? {} : { url: done.url }),
  };
  await session.commit((current) => ({
    job: {
      ...shared,
      ...(given.keepsVersion ? {} : { release }),
      ...(app.deployment !== undefined && !isRepeated && !given.keepsVersion && { replaced: app.deployment }),
      costMetrics: { ...current.costMetrics, computeSec: round(current.costMetrics.computeSec + built.seconds) },
    },
    app: {
      ...shared,
      status: "live",
      title: spec.title,
      spec,
      workspace,
      images: built.images,
      feedback,
      ...(given.keepsVersion ? {} : { iteration, deployment: jobId }),
    },
  }));
  if (!given.keepsVersion) await pushRepo(session, { workspace, iteration, title: spec.title });
  await advanceDomains(session, wanted, done.domains ?? []);
}

async function builtImages(session: JobSession, { spec, workspace, images }: AppToDeploy) {
  const { services } = session.options;
  if (images) {
    await session.skip(BUILDING, "the images were built before");
    return { images, seconds: 0 };
  }
  await session.step(container, { registryId: services.registry.id });
  await session.step(sync, { workspace });
  return session.step(build, { spec, workspace });
}
