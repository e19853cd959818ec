import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ContainerRegistryManagementClient, DockerBuildRequest } from "arm-registry-tasks";
import { create } from "tar";
import { httpsJson } from "./cloud.ts";

/** Where images are built: a registry of the group `rg`. */
export interface BuildPlace {
  readonly registries: ContainerRegistryManagementClient;
  readonly context: { readonly certificates: { readonly ca: string } };
}

export interface BuildOutcome {
  readonly runId: string;
  readonly status: string;
  readonly digest: string | undefined;
  readonly message: string | undefined;
  readonly log: string;
}

const ENDED = ["Succeeded", "Failed", "Canceled", "Timeout", "Error"];

/** Builds files with the unmodified client, as a user does: upload, schedule, wait, read the log. */
export async function buildImage(
  cloud: BuildPlace,
  registry: string,
  files: Readonly<Record<string, string>>,
  options: Partial<DockerBuildRequest> = {},
): Promise<BuildOutcome> {
  const runId = await startBuild(cloud, registry, files, options);
  return awaitBuild(cloud, registry, runId);
}

/** Uploads and schedules. @returns the run's id */
export async function startBuild(
  cloud: BuildPlace,
  registry: string,
  files: Readonly<Record<string, string>>,
  options: Partial<DockerBuildRequest> = {},
): Promise<string> {
  const { registries } = cloud.registries;
  const { uploadUrl = "", relativePath = "" } = await registries.getBuildSourceUploadUrl("rg", registry);
  const put = await httpsJson(
    cloud.context.certificates.ca,
    "PUT",
    uploadUrl,
    { "x-ms-blob-type": "BlockBlob" },
    await pack(files),
  );
  if (put.status !== 201) throw new Error(`upload answered ${put.status}`);
  const run = await registries.beginScheduleRunAndWait("rg", registry, {
    type: "DockerBuildRequest",
    dockerFilePath: "Dockerfile",
    imageNames: ["app:1"],
    isPushEnabled: true,
    platform: { os: "Linux", architecture: "amd64" },
    sourceLocation: relativePath,
    ...options,
  });
  return run.runId ?? "";
}

/** Waits for a run and reads its log by the link. */
export async function awaitBuild(cloud: BuildPlace, registry: string, runId: string): Promise<BuildOutcome> {
  for (;;) {
    const run = await cloud.registries.runs.get("rg", registry, runId);
    if (!ENDED.includes(run.status ?? "")) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      continue;
    }
    const { logLink = "" } = await cloud.registries.runs.getLogSasUrl("rg", registry, runId);
    const log = await httpsJson(cloud.context.certificates.ca, "GET", logLink);
    if (log.headers["x-ms-meta-complete"] !== "successful") throw new Error("the log of an ended run is not complete");
    const { digest } = run.outputImages?.[0] ?? {};
    return { runId, status: run.status ?? "", digest, message: run.runErrorMessage, log: log.text };
  }
}

async function pack(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), "devfactory-context-"));
  try {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
    const file = join(folder, "..", `${folder.split("/").at(-1)}.tar.gz`);
    await create({ gzip: true, cwd: folder, file }, ["."]);
    const bytes = await readFile(file);
    rmSync(file);
    return bytes;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
