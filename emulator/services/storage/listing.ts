import { type BlobHouse, blobHeaders } from "./blobHouse.ts";
import { isLocked } from "./blobOperations.ts";
import type { Blob, BlobContainer } from "./blobStore.ts";
import { leaseState } from "./leases.ts";
import type { StorageAnswer, StorageRequest } from "./request.ts";
import { document, element, escapeText } from "./xml.ts";

const MAX_RESULTS = 5000;

/** List Blobs, flat or by a delimiter; the marker is the next name, base64url. */
export async function listBlobs(house: BlobHouse, request: StorageRequest): Promise<StorageAnswer> {
  house.store.requireContainer(request.container);
  const { query } = request;
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter") ?? "";
  const limit = limitOf(query.get("maxresults"));
  const includes = (query.get("include") ?? "").split(",");
  const from = fromMarker(query.get("marker")) ?? prefix;
  const items: string[] = [];
  let group: string | undefined;
  let next = "";
  for (const blob of house.store.blobs(request.container, from)) {
    if (!blob.name.startsWith(prefix)) {
      if (blob.name > prefix) break;
      continue;
    }
    if (group !== undefined && blob.name.startsWith(group)) continue;
    if (items.length === limit) {
      next = toMarker(blob.name);
      break;
    }
    const cut = delimiter ? blob.name.indexOf(delimiter, prefix.length) : -1;
    group = cut < 0 ? undefined : blob.name.slice(0, cut + delimiter.length);
    items.push(
      group === undefined
        ? blobItem(blob, includes, house.clock.now())
        : `<BlobPrefix>${element("Name", group)}</BlobPrefix>`,
    );
  }
  const asked = `${element("Prefix", prefix)}${element("Marker", query.get("marker") ?? "")}${element("MaxResults", limit)}${delimiter ? element("Delimiter", delimiter) : ""}`;
  const attributes = `ServiceEndpoint="https://${escapeText(request.header("host") ?? "")}/${request.account}" ContainerName="${escapeText(request.container)}"`;
  return {
    status: 200,
    xml: document(
      `<EnumerationResults ${attributes}>${asked}<Blobs>${items.join("")}</Blobs>${element("NextMarker", next)}</EnumerationResults>`,
    ),
  };
}

function blobItem(blob: Blob, includes: readonly string[], now: number): string {
  const headers = blobHeaders(blob, now);
  const text = (name: string) => headers[name] as string | undefined;
  const properties = [
    element("Creation-Time", new Date(blob.created).toUTCString()),
    element("Last-Modified", text("Last-Modified")),
    element("Etag", blob.etag.replaceAll('"', "")),
    element("Content-Length", blob.size),
    element("Content-Type", text("content-type")),
    element("Content-Encoding", text("content-encoding")),
    element("Content-Language", text("content-language")),
    element("Content-MD5", text("content-md5")),
    element("Cache-Control", text("cache-control")),
    element("Content-Disposition", text("content-disposition")),
    element("BlobType", blob.type),
    element("AccessTier", blob.type === "BlockBlob" ? "Hot" : undefined),
    element("LeaseStatus", isLocked(blob, now) ? "locked" : "unlocked"),
    element("LeaseState", leaseState(blob.lease, now)),
    element("ServerEncrypted", true),
  ].join("");
  const metadata = includes.includes("metadata") ? metadataXml(blob.metadata) : "";
  return `<Blob>${element("Name", blob.name)}<Properties>${properties}</Properties>${metadata}</Blob>`;
}

/** List Containers. */
export async function listContainers(house: BlobHouse, request: StorageRequest): Promise<StorageAnswer> {
  const { query } = request;
  const prefix = query.get("prefix") ?? "";
  const limit = limitOf(query.get("maxresults"));
  const from = fromMarker(query.get("marker")) ?? "";
  const all = house.store.containers(prefix).filter(({ name }) => name >= from);
  const next = all[limit] ? toMarker(all[limit].name) : "";
  const withMetadata = (query.get("include") ?? "").includes("metadata");
  const items = all.slice(0, limit).map((container) => containerItem(container, withMetadata, house.clock.now()));
  const asked = `${element("Prefix", prefix)}${element("MaxResults", limit)}`;
  const endpoint = `https://${escapeText(request.header("host") ?? "")}/${request.account}`;
  return {
    status: 200,
    xml: document(
      `<EnumerationResults ServiceEndpoint="${endpoint}">${asked}<Containers>${items.join("")}</Containers>${element("NextMarker", next)}</EnumerationResults>`,
    ),
  };
}

function containerItem(container: BlobContainer, withMetadata: boolean, now: number): string {
  const state = leaseState(container.lease, now);
  const properties = [
    element("Last-Modified", new Date(container.modified).toUTCString()),
    element("Etag", container.etag),
    element("LeaseStatus", state === "leased" || state === "breaking" ? "locked" : "unlocked"),
    element("LeaseState", state),
    element("PublicAccess", container.publicAccess),
    element("HasImmutabilityPolicy", false),
    element("HasLegalHold", false),
  ].join("");
  return `<Container>${element("Name", container.name)}<Properties>${properties}</Properties>${withMetadata ? metadataXml(container.metadata) : ""}</Container>`;
}

function metadataXml(metadata: Readonly<Record<string, string>>): string {
  return `<Metadata>${Object.entries(metadata)
    .map(([name, value]) => element(name, value))
    .join("")}</Metadata>`;
}

function limitOf(text: string | undefined): number {
  const limit = Number(text ?? MAX_RESULTS);
  return Number.isInteger(limit) && limit > 0 ? Math.min(limit, MAX_RESULTS) : MAX_RESULTS;
}

function toMarker(name: string): string {
  return Buffer.from(name).toString("base64url");
}

function fromMarker(marker: string | undefined): string | undefined {
  return marker ? Buffer.from(marker, "base64url").toString("utf8") : undefined;
}
