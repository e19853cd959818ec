import { randomUUID } from "node:crypto";
import type { ContainerStore, StoredItem } from "./containerStore.ts";
import { isTtl } from "./definition.ts";
import { badRequest, CosmosError, conflict, notFound, preconditionFailed } from "./errors.ts";
import { extractKey, type KeyPart, keyText, valueAt } from "./partitionKey.ts";
import { applyPatch, type PatchRequest } from "./patch.ts";
import { CHARGE } from "./requestUnits.ts";
import { canonical, type Value } from "./sql/value.ts";

export interface Conditions {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
}

/** What an operation on one item answers. */
export interface ItemResult {
  readonly status: number;
  readonly charge: number;
  readonly etag?: string;
  /** JSON text; absent for 204 and 304. */
  readonly body?: string;
}

/** "Service quotas": an item is at most 2 MB, its id at most 1023 bytes. */
const MAX_ITEM_BYTES = 2 * 1024 * 1024;
const MAX_ID_BYTES = 1023;

type Document = Readonly<Record<string, Value>>;

/** GET of one item ("Get a Document"): 304 when the ETag given in If-None-Match is still the newest. */
export function readItem(
  container: ContainerStore,
  key: readonly KeyPart[],
  id: string,
  conditions: Conditions,
): ItemResult {
  const found = container.find(keyText(key), id);
  if (!found) throw notFound();
  const charge = CHARGE.read(found.body.length);
  if (conditions.ifNoneMatch === found.etag) return { status: 304, charge, etag: found.etag };
  return { status: 200, charge, etag: found.etag, body: found.body };
}

/** POST of a new item ("Create a Document"). */
export function createItem(container: ContainerStore, key: readonly KeyPart[], body: unknown): ItemResult {
  const document = checkDocument(container, key, body);
  if (container.find(keyText(key), String(document.id))) throw conflict();
  return write(container, key, document, undefined, 201);
}

/** POST with `x-ms-documentdb-is-upsert`: 201 when new, 200 when it was there. */
export function upsertItem(
  container: ContainerStore,
  key: readonly KeyPart[],
  body: unknown,
  conditions: Conditions,
): ItemResult {
  const document = checkDocument(container, key, body);
  const found = container.find(keyText(key), String(document.id));
  if (found) checkConditions(found, conditions);
  return write(container, key, document, found, found ? 200 : 201);
}

/** PUT of one item ("Replace a Document"). */
export function replaceItem(
  container: ContainerStore,
  key: readonly KeyPart[],
  id: string,
  body: unknown,
  conditions: Conditions,
): ItemResult {
  const document = checkDocument(container, key, body);
  const found = container.find(keyText(key), id);
  if (!found) throw notFound();
  if (document.id !== id) throw badRequest("Replacing the id of an item is not allowed.");
  checkConditions(found, conditions);
  return write(container, key, document, found, 200);
}

/** PATCH of one item ("Partial document update"). */
export function patchItem(
  container: ContainerStore,
  key: readonly KeyPart[],
  id: string,
  request: PatchRequest,
  conditions: Conditions,
): ItemResult {
  const found = container.find(keyText(key), id);
  if (!found) throw notFound();
  checkConditions(found, conditions);
  const before = JSON.parse(found.body) as Document;
  const patched = applyPatch(before, request, container);
  return write(container, key, checkDocument(container, key, patched), found, 200);
}

/** DELETE of one item. */
export function deleteItem(
  container: ContainerStore,
  key: readonly KeyPart[],
  id: string,
  conditions: Conditions,
): ItemResult {
  const found = container.find(keyText(key), id);
  if (!found) throw notFound();
  checkConditions(found, conditions);
  container.nextLsn();
  container.delete(found.document);
  return { status: 204, charge: CHARGE.delete };
}

function checkConditions(found: StoredItem, { ifMatch, ifNoneMatch }: Conditions): void {
  if (ifMatch !== undefined && ifMatch !== "*" && ifMatch !== found.etag) throw preconditionFailed();
  if (ifNoneMatch === "*" || ifNoneMatch === found.etag) throw preconditionFailed();
}

/** The rules for a body, whoever sends it. */
function checkDocument(container: ContainerStore, key: readonly KeyPart[], body: unknown): Document {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw badRequest("The input content is invalid because it is not a JSON object.");
  }
  const document = body as Document;
  const { id, ttl } = document;
  if (typeof id !== "string" || id === "") {
    throw badRequest("The input content is invalid because the required properties - 'id; ' - are missing");
  }
  if (/[/\\?#]/.test(id) || id.endsWith(" ") || Buffer.byteLength(id) > MAX_ID_BYTES) {
    throw badRequest(
      `The id '${id.slice(0, 50)}' is not allowed: no '/', '\\', '?', '#', no blank at the end, at most 1023 bytes.`,
    );
  }
  if (ttl !== undefined && ttl !== null && !isTtl(ttl)) {
    throw badRequest(
      `The input ttl '${JSON.stringify(ttl)}' is invalid. Ensure to provide a nonzero positive integer or -1.`,
    );
  }
  if (keyText(extractKey(document, container.keyPaths)) !== keyText(key)) {
    throw badRequest("PartitionKey extracted from document doesn't match the one specified in the header", 1001);
  }
  return document;
}

function write(
  container: ContainerStore,
  key: readonly KeyPart[],
  document: Document,
  found: StoredItem | undefined,
  status: number,
): ItemResult {
  const lsn = container.nextLsn();
  const number = found?.document ?? lsn;
  const rid = container.ridOf(number);
  const etag = `"${randomUUID()}"`;
  const ts = container.now;
  const body = JSON.stringify({
    ...document,
    _rid: rid,
    _self: `${container.self}docs/${rid}/`,
    _etag: etag,
    _attachments: "attachments/",
    _ts: ts,
  });
  const bytes = Buffer.byteLength(body);
  if (bytes > MAX_ITEM_BYTES) throw new CosmosError(413, "Request size is too large");
  const text = keyText(key);
  const item = {
    key: text,
    id: String(document.id),
    hash: container.hashOf(key),
    document: number,
    etag,
    ts,
    expires: expiryOf(container, document, ts),
    body,
    unique: container.uniquePaths.map((paths) => canonical(paths.map((names) => valueAt(document, names) ?? null))),
  };
  removeExpired(container, found);
  if (!container.put(item, lsn)) throw new CosmosError(409, "Unique index constraint violation.");
  return { status, charge: CHARGE.write(bytes), etag, body };
}

/** An expired item still holds its id and unique keys in the tables: a new one must not stumble over it. */
function removeExpired(container: ContainerStore, found: StoredItem | undefined): void {
  if (container.definition.defaultTtl === undefined) return;
  if (!found || container.uniquePaths.length > 0) container.purgeExpired();
}

function expiryOf(container: ContainerStore, document: Document, ts: number): number | undefined {
  const { defaultTtl } = container.definition;
  if (defaultTtl === undefined) return undefined;
  const ttl = isTtl(document.ttl) ? document.ttl : defaultTtl;
  return ttl === -1 ? undefined : ts + ttl;
}
