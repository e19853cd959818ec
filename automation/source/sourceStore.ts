import type { ContainerClient } from "@azure/storage-blob";
import { EntryGuard, refuse } from "../archive/entryGuard.ts";
import { type AppFile, type FileSet, hashFiles, sha256, totalBytes } from "../archive/fileSet.ts";
import { ARCHIVE_LIMITS } from "../archive/limits.ts";
import { listBlobs, readBlob } from "../azure/blobReads.ts";
import { inParallel } from "../inParallel.ts";
import { mimeType } from "../workflow/mimeType.ts";
import { saveWorkspace } from "../workflow/workspace.ts";

/** One file of a project by its content: enough to say what is there without sending it. */
export interface ManifestEntry {
  readonly path: string;
  /** sha-256 of the content, hex. */
  readonly sha256: string;
  readonly executable?: boolean | undefined;
}

export interface StoredFiles {
  /** Contents that were sent and kept now; the others were there. */
  readonly stored: number;
  readonly storedBytes: number;
}

export interface SavedSource {
  /** Blob with all files. */
  readonly workspace: string;
  readonly hash: string;
  readonly files: number;
  readonly bytes: number;
}

const PARALLEL = 16;

/**
 * Sources of apps in the container `workspaces`: each content once per app, by its hash, at `apps/<appId>/files/<sha256>`, and each
 * version as one archive. Contents of one app are never seen from another: a known hash would tell that somebody has the file.
 */
export class SourceStore {
  readonly #container: Pick<ContainerClient, "getBlockBlobClient" | "getBlobClient" | "listBlobsFlat">;

  constructor(container: Pick<ContainerClient, "getBlockBlobClient" | "getBlobClient" | "listBlobsFlat">) {
    this.#container = container;
  }

  /** Keeps the contents that are not there yet, with the media type of their name. */
  async keep(appId: string, files: FileSet): Promise<StoredFiles> {
    const known = await this.#known(appId);
    const fresh = new Map<string, readonly [string, AppFile]>();
    for (const [path, file] of files) {
      const hash = sha256(file.content);
      if (!known.has(hash)) fresh.set(hash, [path, file]);
    }
    await inParallel(PARALLEL, [...fresh], async ([hash, [path, { content }]]) => {
      const blobHTTPHeaders = { blobContentType: mimeType(path) };
      await this.#container.getBlockBlobClient(blobOf(appId, hash)).uploadData(content, { blobHTTPHeaders });
    });
    const storedBytes = [...fresh.values()].reduce((sum, [, { content }]) => sum + content.byteLength, 0);
    return { stored: fresh.size, storedBytes };
  }

  /** Hashes of a manifest whose contents were never sent. */
  async missing(appId: string, manifest: readonly ManifestEntry[]): Promise<readonly string[]> {
    const known = await this.#known(appId);
    return [...new Set(manifest.map((entry) => entry.sha256).filter((hash) => !known.has(hash)))].sort();
  }

  /**
   * The files of a manifest whose contents are all there.
   *
   * @throws {AutomationError} `ARCHIVE_REFUSED` as for an archive of these files
   */
  async assemble(appId: string, manifest: readonly ManifestEntry[]): Promise<FileSet> {
    const known = await this.#known(appId);
    const guard = new EntryGuard(ARCHIVE_LIMITS);
    const admitted = manifest.map((entry) => {
      const mode = entry.executable ? 0o755 : 0o644;
      const bytes = known.get(entry.sha256) ?? refuse(entry.path, "its content was not sent");
      return { path: guard.admit({ path: entry.path, kind: "file", bytes, mode }, bytes), mode, hash: entry.sha256 };
    });
    const contents = new Map<string, Buffer>();
    await inParallel(PARALLEL, [...new Set(admitted.map(({ hash }) => hash))], async (hash) => {
      contents.set(hash, await readBlob(this.#container.getBlobClient(blobOf(appId, hash))));
    });
    for (const { path, mode, hash } of admitted) guard.keep(path, contents.get(hash) ?? Buffer.alloc(0), mode);
    return guard.files();
  }

  /** Makes a version of all files; equal files are the same version. */
  async save(appId: string, files: FileSet): Promise<SavedSource> {
    const workspace = await saveWorkspace(this.#container, appId, files);
    return { workspace, hash: hashFiles(files), files: files.size, bytes: totalBytes(files) };
  }

  async #known(appId: string): Promise<ReadonlyMap<string, number>> {
    const prefix = blobOf(appId, "");
    const found = new Map<string, number>();
    for (const blob of await listBlobs(this.#container, { prefix })) {
      found.set(blob.name.slice(prefix.length), blob.properties.contentLength ?? 0);
    }
    return found;
  }
}

function blobOf(appId: string, hash: string): string {
  return `apps/${appId}/files/${hash}`;
}
