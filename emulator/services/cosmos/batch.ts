import type { ContainerStore } from "./containerStore.ts";
import { badRequest, CosmosError } from "./errors.ts";
import { createItem, deleteItem, type ItemResult, patchItem, readItem, replaceItem, upsertItem } from "./items.ts";
import { type KeyPart, keyText, parseKey } from "./partitionKey.ts";
import { readPatch } from "./patch.ts";

/** "Transactional batch operations": at most 100 operations. */
const MAX_OPERATIONS = 100;

export const OPERATION_TYPES = ["Create", "Upsert", "Read", "Delete", "Replace", "Patch"] as const;

export type OperationType = (typeof OPERATION_TYPES)[number];

export interface BatchOperation {
  readonly operationType: OperationType;
  readonly id?: string;
  readonly resourceBody?: unknown;
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
  /** A JSON array as text; in a batch the request's own key when absent. */
  readonly partitionKey?: string;
}

interface OperationResult {
  readonly statusCode: number;
  readonly requestCharge: number;
  readonly eTag?: string;
  readonly resourceBody?: unknown;
  readonly subStatusCode?: number;
  readonly message?: string;
  readonly retryAfterMilliseconds?: number;
}

export interface BatchResult {
  readonly status: 200 | 207;
  readonly results: readonly OperationResult[];
  readonly charge: number;
}

/** Thrown to undo a batch; carries what the batch answers. */
export class BatchFailed extends Error {
  readonly result: BatchResult;

  constructor(result: BatchResult) {
    super("batch failed");
    this.result = result;
  }
}

/** @throws {CosmosError} 400 when the body is no list of known operations */
export function readBatch(body: unknown): readonly BatchOperation[] {
  if (!Array.isArray(body) || body.length === 0) throw badRequest("A batch needs at least one operation.");
  if (body.length > MAX_OPERATIONS) throw badRequest(`A batch has at most ${MAX_OPERATIONS} operations.`);
  for (const each of body as readonly Partial<BatchOperation>[]) {
    if (!OPERATION_TYPES.some((type) => type === each.operationType)) {
      throw badRequest(`The batch operation '${each.operationType}' is not known.`);
    }
  }
  return body as readonly BatchOperation[];
}

/**
 * All or nothing in one partition.
 *
 * @throws {BatchFailed} when one operation fails: its own status for it, 424 for all others
 */
export function runBatch(
  container: ContainerStore,
  key: readonly KeyPart[],
  operations: readonly BatchOperation[],
): BatchResult {
  const results: OperationResult[] = [];
  for (const operation of operations) {
    const own = operation.partitionKey === undefined ? key : parseKey(operation.partitionKey);
    const result =
      keyText(own) === keyText(key)
        ? attempt(container, key, operation)
        : failure(badRequest("The partition key of an operation is not the one of the batch.", 1001));
    results.push(result);
    if (result.statusCode < 400) continue;
    const at = results.length - 1;
    const undone = { statusCode: 424, requestCharge: 0 };
    throw new BatchFailed(total(operations.map((_, index) => (index === at ? result : undone))));
  }
  return total(results);
}

/**
 * Each operation for itself, in any partition.
 *
 * @param savepoint runs one operation so that its failure undoes only itself
 * @param goOn false: after the first failure the others get 424
 */
export function runBulk(
  container: ContainerStore,
  operations: readonly BatchOperation[],
  goOn: boolean,
  savepoint: <T>(work: () => T) => T,
): BatchResult {
  let failed = false;
  const results = operations.map((operation) => {
    if (failed && !goOn) return { statusCode: 424, requestCharge: 0 };
    try {
      return savepoint(() => {
        const key = parseKey(operation.partitionKey ?? "[]");
        const result = attempt(container, key, operation);
        if (result.statusCode >= 400) throw new BatchFailed(total([result]));
        return result;
      });
    } catch (error) {
      failed = true;
      if (error instanceof BatchFailed) return error.result.results[0] as OperationResult;
      return failure(error);
    }
  });
  return total(results);
}

function total(results: readonly OperationResult[]): BatchResult {
  const charge = results.reduce((sum, each) => sum + each.requestCharge, 0);
  return { status: results.some((each) => each.statusCode >= 400) ? 207 : 200, results, charge };
}

function attempt(container: ContainerStore, key: readonly KeyPart[], operation: BatchOperation): OperationResult {
  try {
    const { status, charge, etag, body } = perform(container, key, operation);
    return {
      statusCode: status,
      requestCharge: charge,
      ...(etag !== undefined && { eTag: etag }),
      ...(body !== undefined && { resourceBody: JSON.parse(body) as unknown }),
    };
  } catch (error) {
    return failure(error);
  }
}

function failure(error: unknown): OperationResult {
  if (!(error instanceof CosmosError)) throw error;
  const retryAfter = error.headers["x-ms-retry-after-ms"];
  return {
    statusCode: error.status,
    subStatusCode: error.substatus,
    requestCharge: 1,
    message: error.message,
    ...(retryAfter !== undefined && { retryAfterMilliseconds: Number(retryAfter) }),
  };
}

function perform(container: ContainerStore, key: readonly KeyPart[], operation: BatchOperation): ItemResult {
  const { resourceBody, id = "" } = operation;
  switch (operation.operationType) {
    case "Create":
      return createItem(container, key, resourceBody);
    case "Upsert":
      return upsertItem(container, key, resourceBody, operation);
    case "Read":
      return readItem(container, key, id, operation);
    case "Delete":
      return deleteItem(container, key, id, operation);
    case "Replace":
      return replaceItem(container, key, id, resourceBody, operation);
    case "Patch":
      return patchItem(container, key, id, readPatch(resourceBody), operation);
  }
}
