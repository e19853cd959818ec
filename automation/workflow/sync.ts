import { type FileSet, sha256, sourceOnly, under } from "../archive/fileSet.ts";
import { writeZip } from "../archive/zip.ts";
import { listBlobs } from "../azure/blobReads.ts";
import { inParallel } from "../inParallel.ts";
import type { Artifact } from "../jobs/documents.ts";
import { mimeType } from "./mimeType.ts";
import type { Step, StepContext } from "./step.ts";
import { loadWorkspace } from "./workspace.ts";

export interface SyncInput {
  readonly workspace: string;
}

export interface Synced {
  /** Where the files lie in `jobs`. */
  readonly prefix: string;
  readonly files: number;
  readonly uploaded: number;
  readonly uploadedBytes: number;
  readonly artifacts: readonly Artifact[];
}

const PARALLEL = 8;
/** Folders of a generated app that are offered as archives. */
const ARCHIVES = ["frontend", "backend", "infra"] as const;

/** Source to blob storage, one blob per file with its type and hash; a second run sends only what is missing. */
export const sync: Step<SyncInput, Synced> = {
  name: "sync",
  timeoutMs: 10 * 60_000,
  async run({ workspace }, context) {
    const { jobId } = context.job;
    const files = sourceOnly(await loadWorkspace(context.services.workspaces, workspace));
    const prefix = `${jobId}/source/`;
    const there = await hashesUnder(context, prefix);
    const todo = [...files].filter(([path, file]) => there.get(path) !== sha256(file.content));
    let uploadedBytes = 0;
    let done = 0;
    await inParallel(PARALLEL, todo, async ([path, file]) => {
      await upload(context, `${prefix}${path}`, file.content, mimeType(path));
      uploadedBytes += file.content.byteLength;
      done += 1;
      if (done % 25 === 0 || done === todo.length) {
        context.report({
          type: "sync-progress",
          message: `${done} of ${todo.length} files`,
          data: { done, total: todo.length },
        });
      }
    });
    const artifacts = await archives(jobId, files, context);
    return { prefix, files: files.size, uploaded: todo.length, uploadedBytes, artifacts };
  },
  async outdated({ prefix, artifacts }, { workspace }, reading) {
    const files = sourceOnly(await loadWorkspace(reading.services.workspaces, workspace));
    const there = await hashesUnder(reading, prefix);
    const gone = [...files].filter(([path, file]) => there.get(path) !== sha256(file.content)).length;
    if (gone > 0) return `${gone} of ${files.size} files are not there any more`;
    const has = (name: string) => reading.services.artifacts.getBlobClient(name).exists();
    const kept = await Promise.all(artifacts.map(({ blob }) => has(blob)));
    return kept.every(Boolean) ? undefined : "its archives are not there any more";
  },
};

async function archives(jobId: string, files: FileSet, context: StepContext): Promise<readonly Artifact[]> {
  const made: Artifact[] = [];
  for (const name of ARCHIVES) {
    const part = under(files, name);
    if (part.size > 0) made.push(await storeArtifact(context, jobId, `${name}.zip`, writeZip(part), "application/zip"));
  }
  return [...made, await storeArtifact(context, jobId, "source.zip", writeZip(files), "application/zip")];
}

/** Stores something that people may download with `GET /jobs/{id}/artifacts/{name}`. */
export async function storeArtifact(
  context: Pick<StepContext, "services" | "signal" | "keep">,
  jobId: string,
  name: string,
  content: Uint8Array,
  contentType: string,
): Promise<Artifact> {
  const blob = `${jobId}/${name}`;
  await upload(context, blob, content, contentType);
  const artifact = { name, blob, contentType, bytes: content.byteLength, sha256: sha256(content) };
  context.keep(artifact);
  return artifact;
}

async function upload(
  { services, signal }: Pick<StepContext, "services" | "signal">,
  name: string,
  content: Uint8Array,
  contentType: string,
): Promise<void> {
  await services.artifacts.getBlockBlobClient(name).uploadData(content, {
    blobHTTPHeaders: { blobContentType: contentType },
    metadata: { sha256: sha256(content) },
    abortSignal: signal,
  });
}

async function hashesUnder(
  { services, signal }: Pick<StepContext, "services" | "signal">,
  prefix: string,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const options = { prefix, includeMetadata: true, abortSignal: signal };
  for (const blob of await listBlobs(services.artifacts, options)) {
    if (blob.metadata?.sha256) found.set(blob.name.slice(prefix.length), blob.metadata.sha256);
  }
  return found;
}
