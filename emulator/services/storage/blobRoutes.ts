import type { Account } from "./accounts.ts";
import type { Right, StorageCaller } from "./authorize.ts";
import type { BlobHouse } from "./blobHouse.ts";
import { copyBlob, deleteBlob, getBlob, leaseBlob, putBlob, setMetadata, setProperties } from "./blobOperations.ts";
import { appendBlock, getBlockList, putBlock, putBlockList } from "./blockOperations.ts";
import {
  createContainer,
  deleteContainer,
  getContainer,
  getContainerAcl,
  leaseContainer,
  setContainerAcl,
  setContainerMetadata,
} from "./containerOperations.ts";
import { StorageError } from "./errors.ts";
import { listBlobs, listContainers } from "./listing.ts";
import type { StorageAnswer, StorageRequest } from "./request.ts";
import { getAccountInfo, getServiceProperties, getUserDelegationKey } from "./serviceOperations.ts";

const SERVICE = "Microsoft.Storage/storageAccounts/blobServices";

/** An operation and the right that it takes. */
export interface Operation {
  readonly right: Right;
  readonly run: (who: StorageCaller) => Promise<StorageAnswer>;
}

/** Finds the operation that a request to the blob endpoint means. @throws {StorageError} 501 for what is not emulated */
export function routeBlob(house: BlobHouse, account: Account, request: StorageRequest): Operation {
  if (request.container === "") return routeService(house, account, request);
  return request.blob === "" ? routeContainer(house, account, request) : routeBlobItself(house, account, request);
}

function routeService(house: BlobHouse, account: Account, request: StorageRequest): Operation {
  const right = (action: string, sas: string): Right => ({
    actions: [`${SERVICE}/${action}`],
    isData: false,
    scope: account.id,
    sas,
    sasType: "s",
    isPublic: false,
  });
  switch (keyOf(request)) {
    case "GET :list":
      return { right: right("containers/read", "l"), run: () => listContainers(house, request) };
    case "POST service:userdelegationkey":
      return {
        right: right("generateUserDelegationKey/action", ""),
        run: (who) => getUserDelegationKey(house, request, who),
      };
    case "GET account:properties":
    case "HEAD account:properties":
      return { right: right("read", "rwdlacup"), run: getAccountInfo };
    case "GET service:properties":
      return { right: right("read", "r"), run: getServiceProperties };
    default:
      throw notEmulated(request);
  }
}

function routeContainer(house: BlobHouse, account: Account, request: StorageRequest): Operation {
  const scope = scopeOf(account, request);
  const manage = (verb: string, sas: string): Right => ({
    actions: [`${SERVICE}/containers/${verb}`],
    isData: false,
    scope,
    sas,
    sasType: "c",
    isPublic: false,
  });
  const access = account.allowsPublic ? house.store.container(request.container)?.publicAccess : undefined;
  const list: Right = {
    actions: [`${SERVICE}/containers/blobs/read`],
    isData: true,
    scope,
    sas: "l",
    sasType: "c",
    isPublic: access === "container",
  };
  switch (keyOf(request)) {
    case "PUT container:":
      return { right: manage("write", "cw"), run: () => createContainer(house, request) };
    case "GET container:":
    case "HEAD container:":
    case "GET container:metadata":
    case "HEAD container:metadata":
      return {
        right: { ...manage("read", "r"), isPublic: access === "container" },
        run: () => getContainer(house, request),
      };
    case "PUT container:metadata":
      return { right: manage("write", "w"), run: () => setContainerMetadata(house, request) };
    case "GET container:acl":
    case "HEAD container:acl":
      return { right: manage("read", ""), run: () => getContainerAcl(house, request) };
    case "PUT container:acl":
      return { right: manage("write", ""), run: () => setContainerAcl(house, request, account.allowsPublic) };
    case "DELETE container:":
      return { right: manage("delete", "d"), run: () => deleteContainer(house, request) };
    case "PUT container:lease":
    case "PUT :lease":
      return { right: manage("write", "w"), run: () => leaseContainer(house, request) };
    case "GET container:list":
      return { right: list, run: () => listBlobs(house, request) };
    default:
      throw notEmulated(request);
  }
}

function routeBlobItself(house: BlobHouse, account: Account, request: StorageRequest): Operation {
  const scope = scopeOf(account, request);
  const data = (verbs: readonly string[], sas: string): Right => ({
    actions: verbs.map((verb) => `${SERVICE}/containers/blobs/${verb}`),
    isData: true,
    scope,
    sas,
    sasType: "o",
    isPublic: false,
  });
  const isNew = house.store.blob(request.container, request.blob) === undefined;
  const write = isNew ? data(["write", "add/action"], "wc") : data(["write"], "w");
  const isPublic = account.allowsPublic && house.store.container(request.container)?.publicAccess !== undefined;
  if (request.query.has("snapshot") || request.query.has("versionid")) throw notEmulated(request);
  switch (keyOf(request)) {
    case "GET :":
    case "HEAD :":
    case "GET :metadata":
    case "HEAD :metadata":
      return { right: { ...data(["read"], "r"), isPublic }, run: () => getBlob(house, request) };
    case "GET :blocklist":
      return { right: data(["read"], "r"), run: () => getBlockList(house, request) };
    case "PUT :":
      return {
        right: write,
        run: () => (request.header("x-ms-copy-source") ? copyBlob(house, request) : putBlob(house, request)),
      };
    case "PUT :block":
      return { right: write, run: () => putBlock(house, request) };
    case "PUT :blocklist":
      return { right: write, run: () => putBlockList(house, request) };
    case "PUT :appendblock":
      return { right: data(["write", "add/action"], "aw"), run: () => appendBlock(house, request) };
    case "PUT :metadata":
      return { right: data(["write"], "w"), run: () => setMetadata(house, request) };
    case "PUT :properties":
      return { right: data(["write"], "w"), run: () => setProperties(house, request) };
    case "PUT :lease":
      return { right: data(["write"], "w"), run: () => leaseBlob(house, request) };
    case "DELETE :":
      return { right: data(["delete"], "d"), run: () => deleteBlob(house, request) };
    default:
      throw notEmulated(request);
  }
}

/** `METHOD restype:comp`. */
export function keyOf({ method, query }: StorageRequest): string {
  return `${method} ${query.get("restype") ?? ""}:${query.get("comp") ?? ""}`;
}

export function notEmulated(request: StorageRequest): StorageError {
  return new StorageError("NotImplemented", `Operation: ${keyOf(request)}.`);
}

function scopeOf(account: Account, { container }: StorageRequest): string {
  return `${account.id}/blobServices/default/containers/${container}`;
}
