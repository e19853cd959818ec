import type { Caller } from "../../core/tokens.ts";
import { ACTION } from "./authorization.ts";
import { BatchFailed, type BatchOperation, type BatchResult, readBatch, runBatch, runBulk } from "./batch.ts";
import { readChanges } from "./changeFeed.ts";
import type { ContainerStore, Place } from "./containerStore.ts";
import { badRequest, CosmosError, notEmulated, notFound } from "./errors.ts";
import { createItem, deleteItem, type ItemResult, patchItem, readItem, replaceItem, upsertItem } from "./items.ts";
import { type KeyPart, keyText, parseKey } from "./partitionKey.ts";
import { readPatch } from "./patch.ts";
import { type Feed, pageSize, queryPlan, readFeed, readQuery, runQuery } from "./query.ts";
import type { CosmosRequest, CosmosResponse } from "./request.ts";
import { CHARGE } from "./requestUnits.ts";
import type { Account } from "./routes.ts";

interface ItemRequest {
  readonly account: Account;
  readonly caller: Caller;
  readonly request: CosmosRequest;
  readonly container: ContainerStore;
  /** Scope path of the container. */
  readonly place: string;
}

const KEY_HEADER = "x-ms-documentdb-partitionkey";
const BATCH_ACTION = {
  Create: ACTION.create,
  Upsert: ACTION.upsert,
  Read: ACTION.read,
  Delete: ACTION.delete,
  Replace: ACTION.replace,
  Patch: ACTION.replace,
} as const satisfies Record<BatchOperation["operationType"], string>;

/** Requests below a container: items, feeds, queries, batches. */
export function routeItems(
  account: Account,
  caller: Caller,
  request: CosmosRequest,
  container: ContainerStore | undefined,
  place: string,
): CosmosResponse | Promise<CosmosResponse> {
  const [, , , , kind, id] = request.path;
  if (kind !== "docs" && kind !== "operations") throw notFound();
  if (!container) {
    account.authorizer.require(caller, ACTION.read, place);
    throw new CosmosError(404, "Owner resource does not exist", { substatus: 1003 });
  }
  const each: ItemRequest = { account, caller, request, container, place };
  container.budget?.admit();
  if (kind === "operations") return operation(each, id);
  if (id !== undefined) return oneItem(each, id);
  if (request.method === "GET") return request.header("a-im") === undefined ? feed(each) : changeFeed(each);
  if (request.method !== "POST") throw new CosmosError(405, "The requested verb is not supported.");
  if (flag(request, "x-ms-cosmos-is-query-plan-request")) return plan(each);
  if (flag(request, "x-ms-documentdb-isquery")) return query(each);
  if (flag(request, "x-ms-cosmos-is-batch-request")) return batch(each);
  return create(each);
}

function flag(request: CosmosRequest, name: string): boolean {
  return request.header(name)?.toLowerCase() === "true";
}

function allow({ account, caller, place }: ItemRequest, action: string): void {
  account.authorizer.require(caller, action, place);
}

function conditions(request: CosmosRequest) {
  return { ifMatch: request.header("if-match"), ifNoneMatch: request.header("if-none-match") };
}

/** The whole key of a request about one item. @throws {CosmosError} 400/1001 */
function wholeKey({ request, container }: ItemRequest): readonly KeyPart[] {
  const header = request.header(KEY_HEADER);
  const key = header === undefined ? [] : parseKey(header);
  if (key.length === container.keyPaths.length) return key;
  const amount = key.length < container.keyPaths.length ? "fewer" : "more";
  throw badRequest(
    `The partition key supplied in x-ms-partitionkey header has ${amount} components than defined in the the collection.`,
    1001,
  );
}

function oneItem(each: ItemRequest, id: string): CosmosResponse | Promise<CosmosResponse> {
  const { request, container, account } = each;
  const given = conditions(request);
  switch (request.method) {
    case "GET": {
      allow(each, ACTION.read);
      const key = wholeKey(each);
      return answer(each, key, readItem(container, key, id, given));
    }
    case "PUT": {
      allow(each, ACTION.replace);
      const [key, body] = [wholeKey(each), request.json()];
      return written(each, key, () => replaceItem(container, key, id, body, given));
    }
    case "PATCH": {
      allow(each, ACTION.replace);
      const [key, patch] = [wholeKey(each), readPatch(request.json())];
      return written(each, key, () => patchItem(container, key, id, patch, given));
    }
    case "DELETE": {
      allow(each, ACTION.delete);
      const key = wholeKey(each);
      return written(each, key, () => deleteItem(container, key, id, given));
    }
    default:
      throw new CosmosError(405, `The verb ${request.method} is not supported on items of ${account.name}.`);
  }
}

function create(each: ItemRequest): Promise<CosmosResponse> {
  const { request, container } = each;
  const upsert = flag(request, "x-ms-documentdb-is-upsert");
  allow(each, upsert ? ACTION.upsert : ACTION.create);
  const [key, body] = [wholeKey(each), request.json()];
  return written(each, key, () =>
    upsert ? upsertItem(container, key, body, conditions(request)) : createItem(container, key, body),
  );
}

async function written(each: ItemRequest, key: readonly KeyPart[], work: () => ItemResult): Promise<CosmosResponse> {
  return answer(each, key, await each.account.store.writes.run(work));
}

function answer(each: ItemRequest, key: readonly KeyPart[], result: ItemResult): CosmosResponse {
  const { status, etag, body, charge } = result;
  const headers = headersOf(each, charge, each.container.rangeOf(each.container.hashOf(key)).id);
  const minimal = each.request.header("prefer")?.toLowerCase() === "return=minimal" && each.request.method !== "GET";
  return {
    status,
    headers: etag === undefined ? headers : { ...headers, etag },
    ...(body !== undefined && !minimal && { body }),
  };
}

function headersOf({ container, request }: ItemRequest, charge: number, range: string) {
  container.budget?.spend(charge);
  const [dbs, database, colls, name] = request.path;
  return {
    "x-ms-request-charge": charge,
    "x-ms-session-token": `${range}:-1#${container.lsn}`,
    "x-ms-content-path": container.rid,
    "x-ms-alt-content-path": `${dbs}/${database}/${colls}/${name}`,
    lsn: container.lsn,
  };
}

/** Which items a feed or query is about. */
function scopeOf({ request, container }: ItemRequest): Place {
  const header = request.header(KEY_HEADER);
  if (header !== undefined) {
    const key = parseKey(header);
    if (key.length > container.keyPaths.length || key.length === 0)
      throw badRequest(`Partition key ${header} is invalid.`);
    return { kind: "key", text: keyText(key), whole: key.length === container.keyPaths.length };
  }
  const id = request.header("x-ms-documentdb-partitionkeyrangeid");
  const [min, max] = [request.header("x-ms-start-epk"), request.header("x-ms-end-epk")];
  if (min !== undefined && max !== undefined) return { kind: "range", min, max };
  if (id === undefined) return { kind: "all" };
  const range = container.ranges.find((each) => each.id === id.split(",").at(-1));
  if (!range) throw new CosmosError(410, `The partition key range ${id} is gone.`, { substatus: 1002 });
  return { kind: "range", min: range.min, max: range.max };
}

function rangeName(each: ItemRequest): string {
  return each.request.header("x-ms-documentdb-partitionkeyrangeid") ?? "0";
}

function plan(each: ItemRequest): CosmosResponse {
  allow(each, ACTION.query);
  const body = JSON.stringify(queryPlan(readQuery(each.request.json())));
  return { status: 200, headers: headersOf(each, CHARGE.metadata, rangeName(each)), body };
}

function query(each: ItemRequest): CosmosResponse {
  allow(each, ACTION.query);
  const { request, container } = each;
  const scope = scopeOf(each);
  if (scope.kind === "all" && !flag(request, "x-ms-documentdb-query-enablecrosspartition")) {
    throw badRequest(
      "Cross partition query is required but disabled. Please set x-ms-documentdb-query-enablecrosspartition to true, " +
        "specify x-ms-documentdb-partitionkey, or revise your query to avoid this exception.",
      1001,
    );
  }
  const size = pageSize(request.header("x-ms-max-item-count"));
  return page(each, runQuery(container, scope, readQuery(request.json()), size, request.header("x-ms-continuation")));
}

function feed(each: ItemRequest): CosmosResponse {
  allow(each, ACTION.query);
  const size = pageSize(each.request.header("x-ms-max-item-count"));
  return page(each, readFeed(each.container, scopeOf(each), size, each.request.header("x-ms-continuation")));
}

function page(each: ItemRequest, { items, continuation, charge }: Feed): CosmosResponse {
  const headers = { ...headersOf(each, charge, rangeName(each)), "x-ms-item-count": items.length };
  return {
    status: 200,
    headers: continuation === undefined ? headers : { ...headers, "x-ms-continuation": continuation },
    body: documents(each.container, items),
  };
}

function documents(container: ContainerStore, items: readonly string[]): string {
  return `{"_rid":${JSON.stringify(container.rid)},"Documents":[${items.join(",")}],"_count":${items.length}}`;
}

function changeFeed(each: ItemRequest): CosmosResponse {
  allow(each, ACTION.changeFeed);
  const { request, container } = each;
  const { status, items, etag, charge } = readChanges(container, scopeOf(each), {
    mode: request.header("a-im") ?? "",
    ifNoneMatch: request.header("if-none-match"),
    ifModifiedSince: request.header("if-modified-since"),
    size: pageSize(request.header("x-ms-max-item-count")),
  });
  const headers = { ...headersOf(each, charge, rangeName(each)), etag, "x-ms-item-count": items.length };
  return status === 304 ? { status, headers } : { status, headers, body: documents(container, items) };
}

async function batch(each: ItemRequest): Promise<CosmosResponse> {
  const { request, container, account } = each;
  const operations = readBatch(request.json());
  for (const { operationType } of operations) allow(each, BATCH_ACTION[operationType]);
  const { writes } = account.store;
  const atomic = flag(request, "x-ms-cosmos-batch-atomic");
  const key = atomic ? wholeKey(each) : [];
  const goOn = request.header("x-ms-cosmos-batch-continue-on-error")?.toLowerCase() !== "false";
  const result = await writes
    .run(() =>
      atomic
        ? runBatch(container, key, operations)
        : runBulk(container, operations, goOn, (work) => writes.nested(work)),
    )
    .catch(undone);
  const range = atomic ? container.rangeOf(container.hashOf(key)).id : rangeName(each);
  return {
    status: result.status,
    headers: headersOf(each, result.charge, range),
    body: JSON.stringify(result.results),
  };
}

function undone(error: unknown): BatchResult {
  if (error instanceof BatchFailed) return error.result;
  throw error;
}

/** "Delete items by partition key value". */
async function operation(each: ItemRequest, name: string | undefined): Promise<CosmosResponse> {
  if (name !== "partitionkeydelete") throw notEmulated(`operations/${name}`);
  allow(each, ACTION.delete);
  const key = wholeKey(each);
  await each.account.store.writes.run(() => each.container.deletePartition(keyText(key)));
  return { status: 200, headers: headersOf(each, CHARGE.delete, rangeName(each)) };
}
