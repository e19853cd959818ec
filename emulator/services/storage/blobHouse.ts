import type { Clock } from "../../core/clock.ts";
import { transaction } from "../../core/database.ts";
import type { BlobFiles } from "./blobFiles.ts";
import type { Blob, BlobContainer, BlobStore } from "./blobStore.ts";
import { leaseHeaders } from "./leases.ts";
import type { StorageRequest } from "./request.ts";

/** All that blob operations work with: one account's index and files. */
export interface BlobHouse {
  readonly store: BlobStore;
  readonly files: BlobFiles;
  readonly clock: Clock;
  /** First key of the account, from which user delegation keys are derived. */
  readonly delegationSecret: () => Buffer;
}

type Headers = Readonly<Record<string, string | number | undefined>>;

/** Headers that name a version of a resource. */
export function stampHeaders({ etag, modified }: { readonly etag: string; readonly modified: number }): Headers {
  return { ETag: etag, "Last-Modified": new Date(modified).toUTCString() };
}

/**
 * Changes one blob, alone among all changes of it, in one transaction. Files that `change` gives back are removed after the commit.
 *
 * @param prepare runs before the transaction, for work on files
 */
export function changeBlob<T>(
  house: BlobHouse,
  request: StorageRequest,
  change: (
    existing: Blob | undefined,
    container: BlobContainer,
  ) => { readonly result: T; readonly unused?: readonly string[] },
): Promise<T> {
  const { store, files } = house;
  return files.serially(`${request.container}/${request.blob}`, async () => {
    const { result, unused = [] } = transaction(store.database, () => {
      const container = store.requireContainer(request.container);
      return change(store.blob(request.container, request.blob), container);
    });
    await files.remove(unused);
    return result;
  });
}

/** Standard properties from the `x-ms-blob-*` headers of an upload. */
export function propertiesOf(request: StorageRequest, contentType: string): Readonly<Record<string, string>> {
  const names = [
    "content-type",
    "content-encoding",
    "content-language",
    "content-disposition",
    "cache-control",
    "content-md5",
  ];
  const found = names.map((name) => [name, request.header(`x-ms-blob-${name}`)] as const).filter(([, value]) => value);
  return { "content-type": contentType, ...Object.fromEntries(found) };
}

/** All headers that describe a blob. */
export function blobHeaders(blob: Blob, now: number): Headers {
  const appended = blob.type === "AppendBlob" ? { "x-ms-blob-committed-block-count": appendCount(blob) } : {};
  const { "append-count": _, ...properties } = blob.properties;
  return {
    ...properties,
    ...stampHeaders(blob),
    "x-ms-creation-time": new Date(blob.created).toUTCString(),
    "x-ms-blob-type": blob.type,
    "x-ms-server-encrypted": "true",
    "Accept-Ranges": "bytes",
    ...leaseHeaders(blob.lease, now),
    ...appended,
    ...Object.fromEntries(Object.entries(blob.metadata).map(([name, value]) => [`x-ms-meta-${name}`, value])),
  };
}

/** Appends so far; kept with the properties, because segments of an append blob share one file. */
export function appendCount(blob: Blob): number {
  return Number(blob.properties["append-count"] ?? 0);
}
