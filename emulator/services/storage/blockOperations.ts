import { randomUUID } from "node:crypto";
import type { Segment } from "./blobFiles.ts";
import { appendCount, type BlobHouse, changeBlob, propertiesOf, stampHeaders } from "./blobHouse.ts";
import { replaceBlob } from "./blobOperations.ts";
import type { Blob } from "./blobStore.ts";
import { checkWrite } from "./conditions.ts";
import { StorageError } from "./errors.ts";
import { checkLease } from "./leases.ts";
import { readText, type StorageAnswer, type StorageRequest } from "./request.ts";
import { document, element, readElements } from "./xml.ts";

const MAX_BLOCK_BYTES = 4000 * 1024 * 1024;
const MAX_APPEND_BYTES = 100 * 1024 * 1024;
const MAX_BLOCKS = 50_000;

/** Put Block: keeps a block until a block list names it. */
export async function putBlock(house: BlobHouse, request: StorageRequest): Promise<StorageAnswer> {
  const id = request.query.get("blockid");
  if (!id || Buffer.from(id, "base64").length > 64) throw new StorageError("InvalidQueryParameterValue", "blockid");
  house.store.requireContainer(request.container);
  const written = await house.files.write(request.incoming, MAX_BLOCK_BYTES);
  const sentMd5 = request.header("content-md5");
  if (sentMd5 !== undefined && sentMd5 !== written.md5) {
    await house.files.remove([written.file]);
    throw new StorageError("Md5Mismatch");
  }
  await changeBlob(house, request, (existing) => {
    if (existing && existing.type !== "BlockBlob") throw new StorageError("InvalidBlobType");
    if (existing) checkLease(existing.lease, request.header("x-ms-lease-id"), house.clock.now());
    const before = house.store.blocks(request.container, request.blob).filter((block) => block.id === id);
    house.store.putBlock(request.container, request.blob, { id, file: written.file, size: written.size });
    return { result: undefined, unused: before.map(({ file }) => file) };
  });
  return { status: 201, headers: { "Content-MD5": written.md5, "x-ms-request-server-encrypted": "true" } };
}

/** Put Block List: makes the blob of blocks just put and blocks it already has. */
export async function putBlockList(house: BlobHouse, request: StorageRequest): Promise<StorageAnswer> {
  const entries = readElements(await readText(request), "Committed", "Uncommitted", "Latest");
  if (entries.length > MAX_BLOCKS) throw new StorageError("InvalidBlockList");
  const committed = new Map(
    (house.store.blob(request.container, request.blob)?.segments ?? []).map((segment) => [segment.id, segment]),
  );
  const uncommitted = new Map(house.store.blocks(request.container, request.blob).map((block) => [block.id, block]));
  const segments = entries.map(({ name, text }): Segment => {
    const block =
      name === "Committed"
        ? committed.get(text)
        : (uncommitted.get(text) ?? (name === "Latest" ? committed.get(text) : undefined));
    if (!block) throw new StorageError("InvalidBlockList");
    return { file: block.file, size: block.size, id: text };
  });
  const size = segments.reduce((sum, segment) => sum + segment.size, 0);
  const properties = propertiesOf(request, "application/octet-stream");
  const blob = await replaceBlob(house, request, { type: "BlockBlob", size, segments, properties });
  return { status: 201, headers: { ...stampHeaders(blob), "x-ms-request-server-encrypted": "true" } };
}

/** Get Block List. */
export async function getBlockList(house: BlobHouse, request: StorageRequest): Promise<StorageAnswer> {
  house.store.requireContainer(request.container);
  const blob = house.store.blob(request.container, request.blob);
  const blocks = house.store.blocks(request.container, request.blob);
  if (!blob && blocks.length === 0) throw new StorageError("BlobNotFound");
  const kind = (request.query.get("blocklisttype") ?? "committed").toLowerCase();
  const list = (name: string, items: readonly Segment[]) =>
    `<${name}>${items.map(({ id, size }) => `<Block>${element("Name", id)}${element("Size", size)}</Block>`).join("")}</${name}>`;
  const committed =
    kind === "uncommitted"
      ? ""
      : list(
          "CommittedBlocks",
          (blob?.segments ?? []).filter(({ id }) => id !== undefined),
        );
  const uncommitted = kind === "committed" ? "" : list("UncommittedBlocks", blocks);
  const stamp = blob ? { ...stampHeaders(blob), "x-ms-blob-content-length": blob.size } : {};
  return { status: 200, headers: stamp, xml: document(`<BlockList>${committed}${uncommitted}</BlockList>`) };
}

/** Append Block: one after the other for each blob, on disk before it is acknowledged. */
export async function appendBlock(house: BlobHouse, request: StorageRequest): Promise<StorageAnswer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request.incoming) {
    length += (chunk as Buffer).length;
    if (length > MAX_APPEND_BYTES) throw new StorageError("RequestBodyTooLarge");
    chunks.push(chunk as Buffer);
  }
  const bytes = Buffer.concat(chunks);
  const { before, after } = await house.files.serially(`append ${request.container}/${request.blob}`, async () => {
    const found = requireAppendable(house, request, bytes.length);
    const file = found.segments[0]?.file ?? randomUUID();
    await house.files.append(file, found.size, bytes);
    const changed = await changeBlob(house, request, (existing) => {
      if (existing?.etag !== found.etag) throw new StorageError("ConditionNotMet"); // replaced or deleted meanwhile
      const size = found.size + bytes.length;
      const properties = { ...found.properties, "append-count": String(appendCount(found) + 1) };
      const blob: Blob = { ...found, ...house.store.stamp(), size, segments: [{ file, size }], properties };
      house.store.putBlob(blob);
      return { result: blob };
    });
    return { before: found, after: changed };
  });
  const position = { "x-ms-blob-append-offset": before.size, "x-ms-blob-committed-block-count": appendCount(after) };
  return { status: 201, headers: { ...stampHeaders(after), ...position, "x-ms-request-server-encrypted": "true" } };
}

function requireAppendable(house: BlobHouse, request: StorageRequest, length: number): Blob {
  const found = house.store.requireBlob(request.container, request.blob);
  if (found.type !== "AppendBlob") throw new StorageError("InvalidBlobType");
  checkWrite(request, found);
  checkLease(found.lease, request.header("x-ms-lease-id"), house.clock.now());
  const position = request.header("x-ms-blob-condition-appendpos");
  if (position !== undefined && Number(position) !== found.size)
    throw new StorageError("AppendPositionConditionNotMet");
  const maximum = request.header("x-ms-blob-condition-maxsize");
  if (maximum !== undefined && found.size + length > Number(maximum))
    throw new StorageError("MaxBlobSizeConditionNotMet");
  if (appendCount(found) >= MAX_BLOCKS) throw new StorageError("BlockCountExceedsLimit");
  return found;
}
