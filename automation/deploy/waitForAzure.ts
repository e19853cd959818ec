import { setTimeout as sleep } from "node:timers/promises";

/** Why Azure asks for patience, and for how long when it says so. */
export interface Busy {
  /** Its code, or the status. */
  readonly reason: string;
  readonly retryAfterSeconds?: number;
}

/** A diagnostic of the engine about a resource. */
export interface Problem {
  readonly urn?: string | undefined;
  readonly message: string;
}

/**
 * Codes after which the same request comes through by itself. Sources: Microsoft Learn, "Common Azure deployment errors", "Throttling Resource
 * Manager requests"; the services' own pages.
 */
const PASSING: ReadonlySet<string> = new Set([
  "TooManyRequests",
  "SubscriptionRequestsThrottled",
  "ServiceUnavailable",
  "ServerBusy",
  "RetryableError",
  "AnotherOperationInProgress",
  "OperationInProgress",
  "ConcurrentOperationInProgress",
  "ContainerAppOperationInProgress",
  "ManagedEnvironmentOperationInProgress",
  "ConflictingServerOperation",
  "StorageAccountOperationInProgress",
  "ResourceGroupBeingDeleted",
  "PrincipalNotFound",
]);
const PASSING_STATUS: ReadonlySet<number> = new Set([429, 503]);
/** Both forms in which the provider tells ARM's answer: `Status=429 Code="X"`, and the lines of azcore's ResponseError. */
const STATUS = /\b(?:Status(?:Code)?=|RESPONSE )(\d{3})\b/;
const CODE = /\b(?:Code="|ERROR CODE: )(\w+)/;
const AFTER = /\b(?:retry-after:?|try again (?:after|in)) '?(\d+)'?\s*(minutes?)?/i;
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;

/** The code of an error of Azure, in either form. */
export const codeOf = (message: string): string | undefined => CODE.exec(message)?.[1];

/** Tells of an error whether it passes by itself. */
export type Passes = (message: string) => Busy | undefined;

/** What an error of Azure says, when it passes by itself; nothing for any other error. */
export function busyOf(message: string): Busy | undefined {
  const status = Number(STATUS.exec(message)?.[1] ?? 0);
  const code = codeOf(message);
  if (!PASSING_STATUS.has(status) && !(code !== undefined && PASSING.has(code))) return undefined;
  const after = AFTER.exec(message);
  const retryAfterSeconds = after ? Number(after[1]) * (after[2] ? 60 : 1) : undefined;
  return { reason: code ?? String(status), ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) };
}

/** Why an operation failed, when patience is all that it needs: one error of another kind, and it is not. */
export function allBusy(problems: readonly Problem[], passes: Passes = busyOf): Busy | undefined {
  const told = problems.filter(({ urn }) => urn).map(({ message }) => passes(message));
  const longest = (one: Busy, other: Busy) =>
    (other.retryAfterSeconds ?? 0) > (one.retryAfterSeconds ?? 0) ? other : one;
  const busy = told.filter((each) => each !== undefined);
  return busy.length > 0 && busy.length === told.length ? busy.reduce(longest) : undefined;
}

/** Azure was waited for as long as a deployment may wait. */
export class StillBusy extends Error {
  constructor({ reason }: Busy, usedMs: number, cause: unknown) {
    super(`Azure still answers ${reason} after ${Math.round(usedMs / 1_000)} s of waiting`, { cause });
    this.name = "StillBusy";
  }
}

export interface PatienceOptions {
  /** Of all waits of one deployment together. */
  readonly budgetMs: number;
  readonly signal: AbortSignal;
  readonly tell: (wait: { readonly reason: string; readonly seconds: number; readonly usedSeconds: number }) => void;
  /** 0 to 1. */
  readonly random?: () => number;
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/** Repeats operations on a stack while Azure asks for patience. */
export class Patience {
  readonly #options: PatienceOptions;
  #usedMs = 0;
  #tries = 0;

  constructor(options: PatienceOptions) {
    this.#options = options;
  }

  /**
   * @param operation what it starts is repeatable: what is done already is not done again
   * @param problems what the engine said of the operation that failed last, emptied for the next
   * @param passes which errors pass by themselves. @default those by which Azure asks for patience
   * @throws {StillBusy} when the budget is used up; else what `operation` throws
   */
  async run<T>(operation: () => Promise<T>, problems: Problem[], passes?: Passes): Promise<T> {
    const { budgetMs, signal, tell, random = Math.random } = this.#options;
    const wait = this.#options.sleep ?? ((ms, stop) => sleep(ms, undefined, { signal: stop }));
    for (;;) {
      problems.length = 0;
      try {
        return await operation();
      } catch (error) {
        const busy = signal.aborted ? undefined : allBusy(problems, passes);
        if (!busy) throw error;
        const backoff = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#tries++) * (0.5 + random() / 2);
        const pauseMs = busy.retryAfterSeconds === undefined ? backoff : busy.retryAfterSeconds * 1_000;
        if (this.#usedMs + pauseMs > budgetMs) throw new StillBusy(busy, this.#usedMs, error);
        tell({
          reason: busy.reason,
          seconds: Math.ceil(pauseMs / 1_000),
          usedSeconds: Math.round(this.#usedMs / 1_000),
        });
        this.#usedMs += pauseMs;
        await wait(pauseMs, signal);
      }
    }
  }
}
