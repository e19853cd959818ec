import type { Caller } from "./tokens.ts";

export type Json = Readonly<Record<string, unknown>>;

/** One ARM resource as it is stored and served. `id` keeps the case it was made with; compare ids with `sameId`. */
export interface ArmResource {
  readonly id: string;
  readonly name: string;
  /** For example `Microsoft.KeyVault/vaults`. */
  readonly type: string;
  readonly location?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly sku?: Json;
  readonly kind?: string;
  readonly identity?: Json;
  readonly properties: Json;
}

/** A PUT of one resource, after ARM's own checks (token, role, parents, locks, name). */
export interface ResourcePut {
  /** What the client asks for: the whole new body. Secret inputs are still in it. */
  readonly desired: ArmResource;
  /** What is stored now, if anything. */
  readonly existing?: ArmResource;
  readonly caller: Caller;
}

/**
 * What a service does for one ARM type. ARM stores the resource and serves it; the service makes it real.
 * Every hook is idempotent: after a crash `put` runs again for a resource whose operation had not ended.
 */
export interface ResourceHooks {
  /** ARM type, compared without case. */
  readonly type: string;
  /** Refuses a body before anything is stored (throw an `ArmError`). */
  validate?(put: ResourcePut): void;
  /** Makes it real; resolves with the properties that the service sets (endpoints, states), laid over the client's. */
  put?(put: ResourcePut): Promise<Json | undefined>;
  /** Properties read live at each GET (states, counts), laid over the stored ones. */
  read?(resource: ArmResource): Json;
  /** Takes it away, with all data; children are deleted by ARM first. */
  delete?(resource: ArmResource): Promise<void>;
  /**
   * For soft-deleted types (vaults): with it, `delete` only stops serving and the data stays. ARM keeps the deleted resource,
   * holds its name, lists and recovers it (then `put` runs again with `createMode: "recover"`), and calls this to end it for good.
   */
  purge?(resource: ArmResource): Promise<void>;
  /**
   * For types that the service keeps itself and ARM only shows (runs of a registry, revisions, replicas, executions): the items
   * directly below one parent. ARM answers GET of one and of the list, and dispatches `actions`; PUT, PATCH and DELETE get 405.
   *
   * @param parentId id of the resource one level up, in any case
   */
  list?(parentId: string): readonly ArmResource[] | Promise<readonly ArmResource[]>;
  /**
   * For what is read below a resource and is no resource (`containers/{name}/logs`): the whole answer of a GET. `type` is all its words.
   *
   * @param ownerId the path without its last word
   */
  view?(ownerId: string, query: URLSearchParams): unknown;
  /** POST actions by name (`listKeys`, `start` …), compared without case; the answer is the body. */
  readonly actions?: Readonly<
    Record<string, (resource: ArmResource, body: Json, caller: Caller) => Promise<ActionResult>>
  >;
  /** Input paths under `properties` that a GET never returns, `[]` for items: `configuration.secrets[].value`. */
  readonly secretPaths?: readonly string[];
}

/** `body` undefined answers 204, or 200 when the type's table says so. */
export type ActionResult = {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/** What the services may read of ARM. Stored values include secret inputs. */
export interface ResourceReader {
  /** By id, without case. */
  get(id: string): ArmResource | undefined;
  /** All of a type, optionally only those whose id starts with `prefix` (without case). */
  list(type: string, prefix?: string): readonly ArmResource[];
  /** Lays `properties` over the stored ones (deep merge of objects), for states that the service sets later. */
  update(id: string, properties: Json): void;
}

/** An error that ARM renders as `{"error":{"code","message"}}` with its status. */
export class ArmError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** ARM ids compare without case. */
export function sameId(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
