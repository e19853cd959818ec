import { type BlobHouse, blobHeaders, changeBlob, propertiesOf, stampHeaders } from "./blobHouse.ts";
import type { Blob } from "./blobStore.ts";
import { checkRead, checkWrite } from "./conditions.ts";
import { StorageError } from "./errors.ts";
import { changeLease, checkLease, leaseState } from "./leases.ts";
import { metadataOf, type StorageAnswer, type StorageRequest } from "./request.ts";

/** Largest body of one Put Blob (5,000 MiB since 2019-12-12). */
const MAX_PUT_BYTES = 5000 * 1024 * 1024;
const OVERRIDES: Readonly<Record<string, string>> = {
  rscc: "cache-control",
  rscd: "content-disposition",
  rsce: "content-encoding",
  rscl: "content-language",
  rsct: "content-type",
};

/** GET and HEAD of a blob: Get Blob, Get Blob Properties. */
export async function getBlob(house: BlobHouse, request: StorageRequest): Promise<StorageAnswer> {
  const blob = house.store.requireBlob(request.container, request.blob);
  const lease = request.header("x-ms-lease-id");
  if (lease !== undefined) checkLease(blob.lease, lease, house.clock.now());
  const stamp = stampHeaders(blob);
  if (!checkRead(request, blob)) return { status: 304, headers: stamp };
  const overrides = Object.entries(OVERRIDES).flatMap(([name, header]) =>
    request.query.has(name) ? [[header, request.query.get(name)]] : [],
  );
  const headers = { ...blobHeaders(blob, house.clock.now()), ...Object.fromEntries(overrides) };
  if (request.method === "HEAD") return { status: 200, headers: { ...headers, "Content-Length": blob.size } };
  const range = parseRange(request, blob.size);
  const [start, end] = range ?? [0, blob.size - 1];
  const length = end - start + 1;
  const { "content-md5": md5, ...others } = headers as Record<string, string | number | undefined>;
  const partial = range
    ? { "Content-Range": `bytes ${start}-${end}/${blob.size}`, ...(md5 ? { "x-ms-blob-content-md5": md5 } : {}) }
    : { "content-md5": md5 };
  return {
    status: range ? 206 : 200,
    headers: { ...others, ...partial, "Content-Length": length },
    stream: (response) => house.files.read(blob.segments, start, end, response),
  };
}

/** @returns first and last byte, undefined for the whole blob. @throws {StorageError} 416 */
export function parseRange(request: StorageRequest, size: number): readonly [number, number] | undefined {
  const text = request.header("x-ms-range") ?? request.header("range");
  const [, from = "", to = ""] = /^bytes=(\d+)-(\d*)$/.exec(text ?? "") ?? [];
  if (from === "") return undefined;
  const start = Number(from);
  if (start >= size) throw new StorageError("InvalidRange", undefined, { "Content-Range": `bytes */${size}` });
  return [start, Math.min(to === "" ? size - 1 : Number(to), size - 1)];
}

/** PUT of a block blob with its content, or of an empty append blob. */
export async function putBlob(house: BlobHouse, request: StorageRequest): Promise<StorageAnswer> {
  const type = request.header("x-ms-blob-type");
  if (type === undefined) throw new StorageError("MissingRequiredHeader", "x-ms-blob-type");
  if (type !== "BlockBlob" && type !== "AppendBlob") throw new StorageError("NotImplemented", `Blobs of type ${type}.`);
  house.store.requireContainer(request.container);
  const written = await house.files.write(request.incoming, MAX_PUT_BYTES);
  try {
    const sentMd5 = request.header("content-md5");
    if (sentMd5 !== undefined && sentMd5 !== written.md5) throw new StorageError("Md5Mismatch");
    const properties = {
      ...(type === "BlockBlob" ? { "content-md5": written.md5 } : {}),
      ...propertiesOf(request, "application/octet-stream"),
    };
    const segments = type === "BlockBlob" && written.size > 0 ? [{ file: written.file, size: written.size }] : [];
    const blob = await replaceBlob(house, request, {
      type,
      size: segments.length > 0 ? written.size : 0,
      segments,
      properties,
    });
    if (segments.length === 0) await house.files.remove([written.file]);
    return {
      status: 201,
      headers: {
        ...stampHeaders(blob),
        "x-ms-request-server-encrypted": "true",
        ...(type === "BlockBlob" ? { "Content-MD5": written.md5 } : {}),
      },
    };
  } catch (error) {
    await house.files.remove([written.file]);
    throw error;
  }
}

/** Puts new content under a name, after conditions and lease; a lease and the creation time outlive it. */
export function replaceBlob(
  house: BlobHouse,
  request: StorageRequest,
  content: Pick<Blob, "type" | "size" | "segments" | "properties">,
  metadata = metadataOf(request),
): Promise<Blob> {
  const { store, clock } = house;
  return changeBlob(house, request, (existing) => {
    checkWrite(request, existing);
    if (existing) checkLease(existing.lease, request.header("x-ms-lease-id"), clock.now());
    const stamp = store.stamp();
    const blob: Blob = {
      ...content,
      ...stamp,
      container: request.container,
      name: request.blob,
      created: existing?.created ?? stamp.modified,
      metadata,
      lease: existing?.lease,
    };
    const kept = new Set(content.segments.map(({ file }) => file));
    const old = [...(existing?.segments ?? []), ...store.blocks(request.container, request.blob)].map(
      ({ file }) => file,
    );
    store.deleteBlocks(request.container, request.blob);
    store.putBlob(blob);
    return { result: blob, unused: old.filter((file) => !kept.has(file)) };
  });
}

/** PUT with `x-ms-copy-source`: copies a blob of the same account at once. */
export async function copyBlob(house: BlobHouse, request: StorageRequest): Promise<StorageAnswer> {
  const source = new URL(request.header("x-ms-copy-source") ?? "");
  const [account, container = "", ...rest] = source.pathname.split("/").slice(1).map(decodeURIComponent);
  if (account?.toLowerCase() !== house.store.account)
    throw new StorageError("NotImplemented", "Copies from other accounts.");
  const found = house.store.container(container) && house.store.blob(container, rest.join("/"));
  if (!found) throw new StorageError("CannotVerifyCopySource");
  const segments = await house.files.copy(found.segments);
  const given = metadataOf(request);
  const metadata = Object.keys(given).length > 0 ? given : found.metadata;
  const blob = await replaceBlob(house, request, { ...found, segments }, metadata);
  const copyId = blob.etag.replace(/\W/g, "");
  return { status: 202, headers: { ...stampHeaders(blob), "x-ms-copy-id": copyId, "x-ms-copy-status": "success" } };
}

/** Delete Blob. */
export async function deleteBlob(house: BlobHouse, request: StorageRequest): Promise<StorageAnswer> {
  const { store, clock } = house;
  await changeBlob(house, request, (existing) => {
    if (!existing) throw new StorageError("BlobNotFound");
    checkWrite(request, existing);
    checkLease(existing.lease, request.header("x-ms-lease-id"), clock.now());
    store.deleteBlob(request.container, request.blob);
    return { result: undefined, unused: existing.segments.map(({ file }) => file) };
  });
  return { status: 202, headers: { "x-ms-delete-type-permanent": "true" } };
}

/** Set Blob Metadata. */
export function setMetadata(house: BlobHouse, request: StorageRequest): Promise<StorageAnswer> {
  return updateBlob(house, request, () => ({ metadata: metadataOf(request) }));
}

/** Set Blob Properties: what is not given is cleared. */
export function setProperties(house: BlobHouse, request: StorageRequest): Promise<StorageAnswer> {
  return updateBlob(house, request, ({ properties }) => {
    const count = properties["append-count"];
    return {
      properties: { ...propertiesOf(request, "application/octet-stream"), ...(count ? { "append-count": count } : {}) },
    };
  });
}

async function updateBlob(
  house: BlobHouse,
  request: StorageRequest,
  update: (blob: Blob) => Partial<Blob>,
): Promise<StorageAnswer> {
  const { store, clock } = house;
  const blob = await changeBlob(house, request, (existing) => {
    if (!existing) throw new StorageError("BlobNotFound");
    checkWrite(request, existing);
    checkLease(existing.lease, request.header("x-ms-lease-id"), clock.now());
    const result = { ...existing, ...update(existing), ...store.stamp() };
    store.putBlob(result);
    return { result };
  });
  return { status: 200, headers: { ...stampHeaders(blob), "x-ms-request-server-encrypted": "true" } };
}

/** Lease Blob: acquire, renew, change, release, break. */
export async function leaseBlob(house: BlobHouse, request: StorageRequest): Promise<StorageAnswer> {
  const { store, clock } = house;
  return changeBlob(house, request, (existing) => {
    if (!existing) throw new StorageError("BlobNotFound");
    checkWrite(request, existing);
    const { lease, status, id, breakSeconds } = changeLease(existing.lease, leaseRequest(request), clock.now());
    store.putBlob({ ...existing, lease });
    return {
      result: { status, headers: { ...stampHeaders(existing), "x-ms-lease-id": id, "x-ms-lease-time": breakSeconds } },
    };
  });
}

/** The headers of a lease operation. */
export function leaseRequest(request: StorageRequest): Parameters<typeof changeLease>[1] {
  const number = (name: string) => (request.header(name) === undefined ? undefined : Number(request.header(name)));
  return {
    action: request.header("x-ms-lease-action") ?? "",
    id: request.header("x-ms-lease-id"),
    proposedId: request.header("x-ms-proposed-lease-id"),
    durationSeconds: number("x-ms-lease-duration"),
    breakSeconds: number("x-ms-lease-break-period"),
  };
}

/** Is a blob's lease held now? */
export function isLocked(blob: Blob, now: number): boolean {
  return ["leased", "breaking"].includes(leaseState(blob.lease, now));
}
