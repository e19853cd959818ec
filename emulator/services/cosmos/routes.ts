import type { Caller } from "../../core/tokens.ts";
import type { AccountStore } from "./accountStore.ts";
import { ACTION, type Authorizer } from "./authorization.ts";
import type { ContainerStore } from "./containerStore.ts";
import { CosmosError, notEmulated, notFound } from "./errors.ts";
import { routeItems } from "./itemRoutes.ts";
import { queryObjects, readQuery } from "./query.ts";
import type { CosmosRequest, CosmosResponse } from "./request.ts";
import { CHARGE } from "./requestUnits.ts";

/** One account as its listener serves it. */
export interface Account {
  readonly id: string;
  readonly name: string;
  /** `https://localhost:PORT/` */
  readonly endpoint: string;
  /** Display name of its region, for the account document. */
  readonly region: string;
  readonly consistency: string;
  readonly store: AccountStore;
  readonly authorizer: Authorizer;
}

/** Children of databases and containers that the real service has and this one does not. */
const NOT_EMULATED = new Set([
  "sprocs",
  "triggers",
  "udfs",
  "users",
  "permissions",
  "conflicts",
  "attachments",
  "clientencryptionkeys",
]);

/** Answers one request of a caller who is known. @throws {CosmosError} */
export function route(
  account: Account,
  caller: Caller,
  request: CosmosRequest,
): CosmosResponse | Promise<CosmosResponse> {
  const [dbs, database, colls, container, kind] = request.path;
  if (dbs === undefined) return accountDocument(account, caller);
  if (dbs === "offers") throw managedByArm(account, request);
  if (dbs !== "dbs") throw notFound();
  if (database === undefined) return databaseList(account, caller, request);
  if (colls === undefined) return databaseDocument(account, caller, request, database);
  if (NOT_EMULATED.has(colls)) throw notEmulated(colls);
  if (colls !== "colls") throw notFound();
  if (container === undefined) return containerList(account, caller, request, database);
  const found = account.store.container(database, container);
  if (kind === undefined) return containerDocument(account, caller, request, found);
  if (NOT_EMULATED.has(kind)) throw notEmulated(kind);
  if (kind === "pkranges") return ranges(account, caller, found, placeOf(database, container));
  return routeItems(account, caller, request, found, placeOf(database, container));
}

/** The path that scopes of role assignments name. */
export function placeOf(database: string, container?: string): string {
  return container === undefined ? `/dbs/${database}` : `/dbs/${database}/colls/${container}`;
}

/** Databases and containers are made through ARM; a token cannot make them here, as on Azure. */
function managedByArm(account: Account, request: CosmosRequest): CosmosError {
  return new CosmosError(
    403,
    `Request blocked by Auth ${account.name} : The given request [${request.method} /${request.path.join("/")}] cannot be ` +
      "authorized by AAD token in data plane. Learn more: https://aka.ms/cosmos-native-rbac.",
    { substatus: 5300 },
  );
}

/** "Get database account": the account is its own only location, so endpoint discovery leads back here. */
function accountDocument(account: Account, caller: Caller): CosmosResponse {
  account.authorizer.require(caller, ACTION.readMetadata, "");
  const locations = [{ name: account.region, databaseAccountEndpoint: account.endpoint }];
  const replication = { asyncReplication: false, minReplicaSetSize: 1, maxReplicasetSize: 4 };
  return json({
    _self: "",
    id: account.name,
    _rid: `${account.name}.documents.azure.com`,
    media: "//media/",
    addresses: "//addresses/",
    _dbs: "//dbs/",
    writableLocations: locations,
    readableLocations: locations,
    enableMultipleWriteLocations: false,
    userReplicationPolicy: replication,
    userConsistencyPolicy: { defaultConsistencyLevel: account.consistency },
    systemReplicationPolicy: replication,
    readPolicy: { primaryReadCoefficient: 1, secondaryReadCoefficient: 1 },
    queryEngineConfiguration: "{}",
  });
}

function databaseList(account: Account, caller: Caller, request: CosmosRequest): CosmosResponse {
  const all = () => account.store.databases().map((each) => databaseObject(account, each.name));
  return list(account, caller, request, "", "", "Databases", all);
}

function containerList(account: Account, caller: Caller, request: CosmosRequest, database: string): CosmosResponse {
  const all = () => {
    const found = account.store.database(database);
    if (!found) throw notFound();
    return account.store.containers(database).map(containerObject);
  };
  const rid = account.store.database(database)?.rid ?? "";
  return list(account, caller, request, placeOf(database), rid, "DocumentCollections", all);
}

function list(
  account: Account,
  caller: Caller,
  request: CosmosRequest,
  place: string,
  rid: string,
  name: string,
  all: () => readonly object[],
): CosmosResponse {
  const query = request.method === "POST" && request.header("x-ms-documentdb-isquery")?.toLowerCase() === "true";
  if (request.method !== "GET" && !query) throw managedByArm(account, request);
  account.authorizer.require(caller, ACTION.readMetadata, place);
  const items = query ? queryObjects(all(), readQuery(request.json()), account.store.nowMs) : all();
  return json({ _rid: rid, [name]: items, _count: items.length }, { "x-ms-item-count": items.length });
}

function databaseDocument(account: Account, caller: Caller, request: CosmosRequest, name: string): CosmosResponse {
  if (request.method !== "GET") throw managedByArm(account, request);
  account.authorizer.require(caller, ACTION.readMetadata, placeOf(name));
  const document = databaseObject(account, name);
  return json(document, { etag: document._etag });
}

function databaseObject(account: Account, name: string) {
  const found = account.store.database(name);
  if (!found) throw notFound();
  const { rid, etag, ts } = found;
  return { id: name, _rid: rid, _self: `dbs/${rid}/`, _etag: etag, _colls: "colls/", _users: "users/", _ts: ts };
}

function containerDocument(
  account: Account,
  caller: Caller,
  request: CosmosRequest,
  container: ContainerStore | undefined,
): CosmosResponse {
  if (request.method !== "GET") throw managedByArm(account, request);
  const [, database = "", , name = ""] = request.path;
  account.authorizer.require(caller, ACTION.readMetadata, placeOf(database, name));
  if (!container) throw notFound();
  const document = containerObject(container);
  return json(document, {
    etag: container.etag,
    "x-ms-alt-content-path": `dbs/${database}`,
    "x-ms-content-path": container.rid,
  });
}

/** A container as ARM (`resource`) and the data plane show it. */
export function containerObject(container: ContainerStore) {
  return {
    ...container.definition,
    _rid: container.rid,
    _ts: container.ts,
    _self: container.self,
    _etag: container.etag,
    _docs: "docs/",
    _sprocs: "sprocs/",
    _triggers: "triggers/",
    _udfs: "udfs/",
    _conflicts: "conflicts/",
  };
}

function ranges(
  account: Account,
  caller: Caller,
  container: ContainerStore | undefined,
  place: string,
): CosmosResponse {
  account.authorizer.require(caller, ACTION.readMetadata, place);
  if (!container) throw notFound();
  const items = container.ranges.map(({ id, min, max }) => ({
    _rid: container.rid,
    id,
    _etag: container.etag,
    minInclusive: min,
    maxExclusive: max,
    ridPrefix: Number(id),
    _self: `${container.self}pkranges/${id}/`,
    throughputFraction: 1 / container.ranges.length,
    status: "online",
    parents: [],
    _ts: container.ts,
  }));
  return json(
    { _rid: container.rid, PartitionKeyRanges: items, _count: items.length },
    { "x-ms-item-count": items.length },
  );
}

function json(body: object, headers: Record<string, string | number> = {}): CosmosResponse {
  return { status: 200, headers: { "x-ms-request-charge": CHARGE.metadata, ...headers }, body: JSON.stringify(body) };
}
