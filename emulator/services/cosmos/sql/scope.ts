import { badRequest } from "../errors.ts";
import type { AggregateCall } from "./aggregates.ts";
import type { Value } from "./value.ts";

/** What an expression reads while it runs. Rows are written into the slots in place, one after the other. */
export interface Environment {
  readonly slots: Value[];
  readonly parameters: ReadonlyMap<string, Value>;
  /** Results of the aggregates of the group that is projected. */
  aggregates: readonly Value[];
  /** Milliseconds since the epoch, for `GetCurrentDateTime` and its like. */
  readonly nowMs: number;
}

export type Evaluate = (environment: Environment) => Value;

/** Names that a query may use, each bound to a slot; an inner query sees the outer names. */
export class Scope {
  readonly #names = new Map<string, number>();
  readonly #parent: Scope | undefined;
  readonly #slots: { count: number };
  /** Aggregate calls of this query, in the order they were met; undefined where none are allowed. */
  aggregates: AggregateCall[] | undefined;

  constructor(parent?: Scope) {
    this.#parent = parent;
    this.#slots = parent ? parent.#slots : { count: 0 };
  }

  bind(name: string): number {
    const slot = this.#slots.count++;
    this.#names.set(name, slot);
    return slot;
  }

  find(name: string): number | undefined {
    return this.#names.get(name) ?? this.#parent?.find(name);
  }

  /** @throws {CosmosError} 400 for a name that nothing in FROM gave */
  resolve(name: string): number {
    const slot = this.find(name);
    if (slot === undefined) {
      throw badRequest(
        `{"errors":[{"severity":"Error","code":"SC2001","message":"Identifier '${name}' could not be resolved."}]}`,
      );
    }
    return slot;
  }
}
