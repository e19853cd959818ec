import { transaction } from "../../core/database.ts";
import { type BlobHouse, stampHeaders } from "./blobHouse.ts";
import { leaseRequest } from "./blobOperations.ts";
import type { BlobContainer } from "./blobStore.ts";
import { checkWrite } from "./conditions.ts";
import { StorageError } from "./errors.ts";
import { changeLease, checkLease, leaseHeaders } from "./leases.ts";
import { metadataHeaders, metadataOf, type StorageAnswer, type StorageRequest } from "./request.ts";
import { document } from "./xml.ts";

/** Names of containers and queues (Microsoft Learn, "Naming and referencing containers, blobs, and metadata"). */
const NAME = /^(?:\$root|\$web|\$logs|(?!-)(?!.*--)[a-z0-9-]{3,63}(?<!-))$/;

export function requireName(name: string): void {
  if (!NAME.test(name)) throw new StorageError("InvalidResourceName");
}

/** Create Container. */
export async function createContainer(house: BlobHouse, request: StorageRequest): Promise<StorageAnswer> {
  requireName(request.container);
  const { store } = house;
  const made = transaction(store.database, () => {
    if (store.container(request.container)) throw new StorageError("ContainerAlreadyExists");
    const container: BlobContainer = {
      name: request.container,
      ...store.stamp(),
      metadata: metadataOf(request),
      publicAccess: publicAccessOf(request),
      lease: undefined,
    };
    store.putContainer(container);
    return container;
  });
  return { status: 201, headers: stampHeaders(made) };
}

/** Get Container Properties and Get Container Metadata. */
export async function getContainer(house: BlobHouse, request: StorageRequest): Promise<StorageAnswer> {
  const container = house.store.requireContainer(request.container);
  const flags = {
    "x-ms-blob-public-access": container.publicAccess,
    "x-ms-has-immutability-policy": "false",
    "x-ms-has-legal-hold": "false",
  };
  return {
    status: 200,
    headers: {
      ...stampHeaders(container),
      ...flags,
      ...leaseHeaders(container.lease, house.clock.now()),
      ...metadataHeaders(container.metadata),
    },
  };
}

/** Set Container Metadata. */
export async function setContainerMetadata(house: BlobHouse, request: StorageRequest): Promise<StorageAnswer> {
  return update(house, request, () => ({ metadata: metadataOf(request) }));
}

/** Get Container ACL: stored access policies are not emulated, so there are none. */
export async function getContainerAcl(house: BlobHouse, request: StorageRequest): Promise<StorageAnswer> {
  const container = house.store.requireContainer(request.container);
  return {
    status: 200,
    headers: { ...stampHeaders(container), "x-ms-blob-public-access": container.publicAccess },
    xml: document("<SignedIdentifiers />"),
  };
}

/** Set Container ACL: the public access level. */
export async function setContainerAcl(
  house: BlobHouse,
  request: StorageRequest,
  allowsPublic: boolean,
): Promise<StorageAnswer> {
  const publicAccess = publicAccessOf(request);
  if (publicAccess && !allowsPublic) throw new StorageError("PublicAccessNotPermitted");
  return update(house, request, () => ({ publicAccess }));
}

/** Delete Container, with all its blobs. */
export async function deleteContainer(house: BlobHouse, request: StorageRequest): Promise<StorageAnswer> {
  const { store, files, clock } = house;
  const unused = transaction(store.database, () => {
    const container = store.requireContainer(request.container);
    checkWrite(request, container);
    checkLease(container.lease, request.header("x-ms-lease-id"), clock.now(), "LeaseIdMismatchWithContainerOperation");
    return store.deleteContainer(request.container);
  });
  await files.remove(unused);
  return { status: 202 };
}

/** Lease Container. */
export async function leaseContainer(house: BlobHouse, request: StorageRequest): Promise<StorageAnswer> {
  const { store, clock } = house;
  return transaction(store.database, () => {
    const container = store.requireContainer(request.container);
    const { lease, status, id, breakSeconds } = changeLease(container.lease, leaseRequest(request), clock.now());
    store.putContainer({ ...container, lease });
    return { status, headers: { ...stampHeaders(container), "x-ms-lease-id": id, "x-ms-lease-time": breakSeconds } };
  });
}

async function update(
  house: BlobHouse,
  request: StorageRequest,
  change: () => Partial<BlobContainer>,
): Promise<StorageAnswer> {
  const { store } = house;
  const container = transaction(store.database, () => {
    const existing = store.requireContainer(request.container);
    checkWrite(request, existing);
    const changed = { ...existing, ...change(), ...store.stamp() };
    store.putContainer(changed);
    return changed;
  });
  return { status: 200, headers: stampHeaders(container) };
}

function publicAccessOf(request: StorageRequest): BlobContainer["publicAccess"] {
  const value = request.header("x-ms-blob-public-access")?.toLowerCase();
  return value === "container" || value === "blob" ? value : undefined;
}
