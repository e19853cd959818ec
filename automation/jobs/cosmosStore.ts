import {
  ChangeFeedStartFrom,
  type Container,
  CosmosClient,
  type Database,
  ErrorResponse,
  type JSONObject,
  type OperationInput,
  type SqlQuerySpec,
  StatusCodes,
} from "@azure/cosmos";
import type { TokenCredential } from "@azure/identity";
import { LRUCache } from "lru-cache";
import { Patience } from "../azure/within.ts";
import { httpStatus } from "../errors.ts";
import type { LedgerDocument, OutboxDocument } from "./documents.ts";
import {
  type ChangeCursor,
  type ChangeSource,
  type Find,
  type JobFacts,
  type JobTimes,
  type LedgerStore,
  type ListQuery,
  MAX_BATCH,
  type ProjectionContainer,
  type ProjectionRow,
  type ProjectionStore,
  type RangeQuery,
  StoreConflict,
  type Stored,
  type StoreOperation,
} from "./store.ts";

/** Partition key of each container that people read (docs/architecture.md, platform stack). */
const PARTITION_FIELD: Readonly<Record<ProjectionContainer, string>> = {
  jobs: "userId",
  apps: "tenantId",
  deployments: "appId",
  auditLogs: "jobId",
  feedback: "jobId",
};

/** How far a clock may be off before the store's is taken instead. */
const MAX_SKEW_MS = 5_000;

const KNOWN_ROWS = 5_000;

/** Statuses of a batch that mean "a condition did not hold": exists, gone, changed. */
const CONFLICTS = new Set([404, 409, 412, 449]);

/** A client that finds one region by its endpoint; discovery would lead to the account's cloud name. */
export function cosmosDatabase(endpoint: string, databaseId: string, credential: TokenCredential): Database {
  const client = new CosmosClient({
    endpoint,
    aadCredentials: credential,
    connectionPolicy: { enableEndpointDiscovery: false },
  });
  return client.database(databaseId);
}

/** The ledger in Cosmos DB: container `ledger` (/pk), and the rows for people beside it. */
export class CosmosStore implements LedgerStore, ProjectionStore, ChangeSource {
  readonly #database: Database;
  readonly #ledger: Container;
  readonly #clock: () => number;
  readonly #patience = new Patience("Cosmos DB");
  /** The last version of rows that this process wrote. */
  readonly #rows = new LRUCache<string, { readonly version: number; readonly etag: string }>({ max: KNOWN_ROWS });
  #skewMs = 0;

  /** @param clock of this machine */
  constructor(database: Database, clock: () => number = Date.now) {
    this.#database = database;
    this.#ledger = database.container("ledger");
    this.#clock = clock;
  }

  now(): number {
    return this.#clock() + this.#skewMs;
  }

  /** Every answer tells the time, in whole seconds: a clock that is about right is finer than that and stays as it is. */
  #observe(headers: Readonly<Record<string, unknown>> | undefined): void {
    const skewMs = Date.parse(String(headers?.date)) + 500 - this.#clock();
    if (!Number.isNaN(skewMs)) this.#skewMs = Math.abs(skewMs) > MAX_SKEW_MS ? skewMs : 0;
  }

  async read<T extends LedgerDocument>(pk: string, id: string): Promise<Stored<T> | undefined> {
    const { resource, etag, statusCode, headers } = await this.#patience.call((limited) =>
      this.#ledger.item(id, pk).read<T & { _etag?: string }>(limited),
    );
    this.#observe(headers);
    if (statusCode === 404 || !resource) return undefined;
    return stored<T>(resource, etag);
  }

  async batch(pk: string, operations: readonly StoreOperation[]): Promise<readonly string[]> {
    if (operations.length > MAX_BATCH) throw new RangeError(`${operations.length} operations in one batch`);
    let response: Awaited<ReturnType<Container["items"]["batch"]>>;
    try {
      const inputs = operations.map(toOperation);
      response = await this.#patience.call((limited) => this.#ledger.items.batch(inputs, pk, limited));
      this.#observe(response.headers);
    } catch (error) {
      const status = httpStatus(error);
      if (status !== undefined && CONFLICTS.has(status)) throw new StoreConflict(`batch: ${status}`, { cause: error });
      throw error;
    }
    const results = response.result ?? [];
    const failed = results.find((each) => each.statusCode >= 400 && each.statusCode !== 424);
    const status =
      failed?.statusCode ?? (response.code !== undefined && response.code >= 400 ? response.code : undefined);
    if (status !== undefined) {
      const what = failed ? operations[results.indexOf(failed)] : undefined;
      const name = what ? `${what.kind} ${what.kind === "delete" ? what.id : what.doc.id}` : "batch";
      if (CONFLICTS.has(status)) throw new StoreConflict(`${name}: ${status}`);
      throw Object.assign(new Error(`Cosmos DB answered ${status} to ${name}`), { statusCode: status });
    }
    return results.map((each) => each.eTag ?? "");
  }

  async range<T extends LedgerDocument>(pk: string, from: string, to: string, limit: number) {
    const query: SqlQuerySpec = {
      query: "SELECT * FROM c WHERE c.id >= @from AND c.id < @to ORDER BY c.id OFFSET 0 LIMIT @limit",
      parameters: [
        { name: "@from", value: from },
        { name: "@to", value: to },
        { name: "@limit", value: limit },
      ],
    };
    const options = { partitionKey: pk, maxItemCount: limit };
    const { resources } = await this.#patience.call((limited) =>
      this.#ledger.items.query<T & { _etag?: string }>(query, { ...options, ...limited }).fetchAll(),
    );
    return resources.map((each) => stored<T>(each));
  }

  async find<T extends LedgerDocument>({ orderBy, limit, ...query }: Find<T>): Promise<readonly Stored<T>[]> {
    const { text, parameters } = condition(query);
    const spec = `SELECT * FROM c WHERE ${text} ORDER BY c.${name(orderBy)} OFFSET 0 LIMIT @limit`;
    const all = [...parameters, { name: "@limit", value: limit }];
    const options = query.pk === undefined ? {} : { partitionKey: query.pk };
    const { resources } = await this.#patience.call((limited) =>
      this.#ledger.items
        .query<T & { _etag?: string }>({ query: spec, parameters: all }, { ...options, ...limited })
        .fetchAll(),
    );
    return resources.map((each) => stored<T>(each));
  }

  async count<T extends LedgerDocument>(query: Omit<Find<T>, "orderBy" | "limit">): Promise<number> {
    const { text, parameters } = condition(query);
    const spec = { query: `SELECT VALUE COUNT(1) FROM c WHERE ${text}`, parameters };
    const options = query.pk === undefined ? {} : { partitionKey: query.pk };
    const { resources } = await this.#patience.call((limited) =>
      this.#ledger.items.query<number>(spec, { ...options, ...limited }).fetchAll(),
    );
    return resources.reduce((sum, each) => sum + each, 0);
  }

  async outbox(createdBefore: string, limit: number): Promise<readonly Stored<OutboxDocument>[]> {
    const query: SqlQuerySpec = {
      query: "SELECT * FROM c WHERE c.type = 'outbox' AND c.createdAt <= @before ORDER BY c.createdAt",
      parameters: [{ name: "@before", value: createdBefore }],
    };
    const { resources } = await this.#patience.call((limited) =>
      this.#ledger.items
        .query<OutboxDocument & { _etag?: string }>(query, { maxItemCount: limit, ...limited })
        .fetchNext(),
    );
    return (resources ?? []).slice(0, limit).map((each) => stored<OutboxDocument>(each));
  }

  changes(): ChangeCursor {
    const feed = this.#ledger.items.getChangeFeedIterator<LedgerDocument & { _etag?: string }>({
      changeFeedStartFrom: ChangeFeedStartFrom.Now(),
    });
    return {
      next: async () => {
        const changed: LedgerDocument[] = [];
        for (;;) {
          const page = await this.#patience.call(() => feed.readNext());
          if (page.statusCode === StatusCodes.NotModified) return changed;
          changed.push(...page.result.map((each) => stored<LedgerDocument>(each).doc));
        }
      },
    };
  }

  async project(name: ProjectionContainer, partition: string, row: ProjectionRow): Promise<void> {
    const container = this.#database.container(name);
    const key = `${name} ${partition} ${row.id}`;
    let known = this.#rows.get(key);
    // A first version is new unless this is a repetition, and whoever wrote the last one knows its ETag: neither is read.
    let unread = row.version === 1 || known !== undefined;
    if (known && known.version >= row.version) return;
    for (;;) {
      const item = container.item(row.id, partition);
      if (!unread) {
        const { resource, etag } = await this.#patience.call((limited) => item.read<ProjectionRow>(limited));
        known = resource && { version: resource.version, etag };
      }
      unread = false;
      if (known && known.version > row.version) return;
      const accessCondition = { type: "IfMatch", condition: known?.etag ?? "" } as const;
      const isNew = known === undefined;
      try {
        const { etag } = await this.#patience.call<{ readonly etag: string }>((limited) =>
          isNew ? container.items.create(row, limited) : item.replace(row, { accessCondition, ...limited }),
        );
        this.#rows.set(key, { version: row.version, etag });
        return;
      } catch (error) {
        // Somebody projected at the same time: look again who is newer.
        if (!(error instanceof ErrorResponse) || !CONFLICTS.has(Number(error.code))) throw error;
        this.#rows.delete(key);
      }
    }
  }

  async list(container: ProjectionContainer, partition: string, query: ListQuery): Promise<readonly ProjectionRow[]> {
    const [order, sign] = query.direction === "ascending" ? ["ASC", ">="] : ["DESC", "<="];
    const start = query.from === undefined ? "" : `AND c.${name(query.orderBy)} ${sign} @from`;
    const spec: SqlQuerySpec = {
      query: `SELECT * FROM c WHERE c.${PARTITION_FIELD[container]} = @partition AND c.tenantId = @tenant ${start}
        ORDER BY c.${name(query.orderBy)} ${order} OFFSET @skip LIMIT @limit`,
      parameters: [
        { name: "@partition", value: partition },
        { name: "@tenant", value: query.tenantId },
        { name: "@skip", value: query.skip ?? 0 },
        { name: "@limit", value: query.limit },
        ...(query.from === undefined ? [] : [{ name: "@from", value: query.from }]),
      ],
    };
    const items = this.#database.container(container).items;
    const { resources } = await this.#patience.call((limited) =>
      items.query<ProjectionRow>(spec, { partitionKey: partition, ...limited }).fetchAll(),
    );
    return resources;
  }

  async between(name: ProjectionContainer, query: RangeQuery): Promise<readonly ProjectionRow[]> {
    if (!/^\w+$/.test(query.field)) throw new RangeError(`not a field: ${query.field}`);
    const spec: SqlQuerySpec = {
      query: `SELECT * FROM c WHERE c.tenantId = @tenant AND c.${query.field} >= @from AND c.${query.field} < @to
        ORDER BY c.${query.field} OFFSET @skip LIMIT @limit`,
      parameters: [
        { name: "@tenant", value: query.tenantId },
        { name: "@from", value: query.from },
        { name: "@to", value: query.to },
        { name: "@skip", value: query.skip },
        { name: "@limit", value: query.limit },
      ],
    };
    const { items } = this.#database.container(name);
    const { resources } = await this.#patience.call((limited) => items.query<ProjectionRow>(spec, limited).fetchAll());
    return resources;
  }

  async jobTimes(tenantId: string, since: string): Promise<readonly JobTimes[]> {
    const query: SqlQuerySpec = {
      query: `SELECT c.status, c.kind, c.createdAt, c.view.startedAt, c.view.finishedAt FROM c
        WHERE c.tenantId = @tenant AND c.createdAt >= @since`,
      parameters: [
        { name: "@tenant", value: tenantId },
        { name: "@since", value: since },
      ],
    };
    const { items } = this.#database.container("jobs");
    const { resources } = await this.#patience.call((limited) => items.query<JobTimes>(query, limited).fetchAll());
    return resources;
  }

  async jobFacts(tenantId: string, from: string, to: string): Promise<readonly JobFacts[]> {
    const query: SqlQuerySpec = {
      query: `SELECT c.appId, c.kind, c.status, c.createdAt, c.startedAt, c.finishedAt, c.steps, c.costMetrics, c.monthlyUsd, c.error
        FROM c WHERE c.tenantId = @tenant AND c.createdAt >= @from AND c.createdAt < @to`,
      parameters: [
        { name: "@tenant", value: tenantId },
        { name: "@from", value: from },
        { name: "@to", value: to },
      ],
    };
    const { items } = this.#database.container("deployments");
    const { resources } = await this.#patience.call((limited) => items.query<JobFacts>(query, limited).fetchAll());
    return resources;
  }

  /** Throws when the ledger cannot be reached; for readiness. */
  async ping(): Promise<void> {
    await this.#patience.call((limited) => this.#ledger.item("ping", "ping").read(limited));
  }
}

/** The part of a query after WHERE. */
function condition<T extends LedgerDocument>({
  type,
  pk,
  where = {},
  below = {},
  above = {},
}: Omit<Find<T>, "orderBy" | "limit">) {
  const terms: readonly (readonly [string, string, string])[] = [
    ["type", "=", type],
    ...(pk === undefined ? [] : [["pk", "=", pk] as const]),
    ...Object.entries(where).map(([field, value]) => [field, "=", value] as const),
    ...Object.entries(below).map(([field, value]) => [field, "<", value] as const),
    ...Object.entries(above).map(([field, value]) => [field, ">", value] as const),
  ];
  const text = terms.map(([field, sign], index) => `c.${name(field)} ${sign} @p${index}`).join(" AND ");
  return { text, parameters: terms.map(([, , value], index) => ({ name: `@p${index}`, value })) };
}

/** A field's name in a query; values go as parameters. */
function name(field: string): string {
  if (!/^\w+$/.test(field)) throw new RangeError(`not a field: ${field}`);
  return field;
}

function toOperation(operation: StoreOperation): OperationInput {
  switch (operation.kind) {
    case "create":
      return { operationType: "Create", resourceBody: body(operation.doc) };
    case "upsert":
      return { operationType: "Upsert", resourceBody: body(operation.doc) };
    case "replace":
      return {
        operationType: "Replace",
        id: operation.doc.id,
        resourceBody: body(operation.doc),
        ifMatch: operation.etag,
      };
    case "delete":
      return {
        operationType: "Delete",
        id: operation.id,
        ...(operation.etag === undefined ? {} : { ifMatch: operation.etag }),
      };
  }
}

/** Documents are plain JSON by construction. */
function body(doc: LedgerDocument): JSONObject {
  return JSON.parse(JSON.stringify(doc)) as JSONObject;
}

function stored<T extends LedgerDocument>(resource: T & { _etag?: string }, etag?: string): Stored<T> {
  const doc = Object.fromEntries(
    Object.entries(resource).filter(([key]) => !/^_(etag|rid|self|ts|attachments|lsn)$/.test(key)),
  );
  return { doc: doc as unknown as T, etag: etag || resource._etag || "" };
}
