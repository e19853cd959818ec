import type { BlobClient, BlobItem, ContainerClient, ContainerListBlobsOptions } from "@azure/storage-blob";
import { toErrorRecord } from "../errors.ts";
import { pause } from "../jobs/pause.ts";

/** In a row, without a byte or a name in between. The client's own tries of each request come on top. */
const TRIES = 5;
const PAUSE_MS = 50;

interface Stoppable {
  readonly abortSignal?: AbortSignal;
}

/**
 * The content of a blob. An answer that breaks off in the middle is asked for again: the client itself repeats only requests whose answer
 * never began (`@azure/storage-blob` 12.34).
 */
export function readBlob(blob: Pick<BlobClient, "downloadToBuffer">, options: Stoppable = {}): Promise<Buffer> {
  return repeated(() => blob.downloadToBuffer(0, undefined, options), options);
}

/** All blobs under a prefix, in the order of their names; a page that breaks off is asked for again, with those before it. */
export function listBlobs(
  container: Pick<ContainerClient, "listBlobsFlat">,
  options: ContainerListBlobsOptions & Stoppable,
): Promise<readonly BlobItem[]> {
  return repeated(() => Array.fromAsync(container.listBlobsFlat(options)), options);
}

/** A blob as a stream that goes on where it broke off, as long as the blob is the same. */
export async function* streamBlob(blob: Pick<BlobClient, "download">): AsyncGenerator<Buffer> {
  let offset = 0;
  let etag: string | undefined;
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await blob.download(
        offset,
        undefined,
        etag === undefined ? {} : { conditions: { ifMatch: etag } },
      );
      etag = answer.etag;
      const total = offset + (answer.contentLength ?? 0);
      for await (const chunk of answer.readableStreamBody ?? []) {
        offset += chunk.length;
        if (chunk.length > 0) attempt = 0;
        yield Buffer.from(chunk);
      }
      if (offset >= total) return;
    } catch (error) {
      if (attempt >= TRIES || !passes(error)) throw error;
    }
    await pause(Math.random() * PAUSE_MS * 2 ** attempt);
  }
}

async function repeated<T>(read: () => Promise<T>, { abortSignal }: Stoppable): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read();
    } catch (error) {
      if (abortSignal?.aborted || attempt >= TRIES || !passes(error)) throw error;
      await pause(Math.random() * PAUSE_MS * 2 ** attempt);
    }
  }
}

function passes(error: unknown): boolean {
  return toErrorRecord(error).class === "infrastructure";
}
