import { setTimeout as sleepFor } from "node:timers/promises";
import { PullRequestError } from "./errors.ts";

export interface RequestOptions {
  /** `GitHub`, `Azure DevOps` */
  readonly host: string;
  /** Sent with every request; holds the token. */
  readonly headers: Readonly<Record<string, string>>;
  readonly sleep?: (ms: number) => Promise<unknown>;
  readonly now?: () => number;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

const TRIES = 5;
const TIMEOUT_MS = 30_000;
const LONGEST_WAIT_MS = 60_000;

/** Sends JSON, waits and tries again on 429, server errors, GitHub's secondary limits and broken connections. */
export class JsonRequester {
  readonly #options: RequestOptions;

  constructor(options: RequestOptions) {
    this.#options = options;
  }

  /**
   * @param accept statuses beside 2xx that are no error for the caller
   * @throws {PullRequestError} `TOKEN_REFUSED`, `NOT_ALLOWED`, `NOT_FOUND`, `HOST_FAILED`; no text of it holds a header that was sent
   */
  async send(method: string, url: string, body?: unknown, accept: readonly number[] = []): Promise<Reply> {
    const { host, sleep = sleepFor } = this.#options;
    let reason = "";
    for (let tries = 1; tries <= TRIES; tries += 1) {
      const reply = await this.#once(method, url, body).catch((error: unknown) => {
        reason = reasonOf(error);
        return undefined;
      });
      if (reply && reply.status < 300) return reply;
      if (reply) {
        if (!isPassing(reply)) {
          if (accept.includes(reply.status)) return reply;
          throw refusal(host, method, url, reply);
        }
        reason = `status ${reply.status}`;
      }
      if (tries < TRIES) await sleep(this.#pause(reply?.headers, tries));
    }
    throw new PullRequestError("HOST_FAILED", { host, tries: TRIES, reason });
  }

  async #once(method: string, url: string, body: unknown): Promise<Reply> {
    const { headers } = this.#options;
    const response = await fetch(url, {
      method,
      headers: { ...headers, ...(body !== undefined && { "Content-Type": "application/json" }) },
      // A redirect could carry the token to another host.
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parse(text) };
  }

  /** As long as the host says, else one, two, four, eight seconds. */
  #pause(headers: Headers | undefined, tries: number): number {
    const { now = Date.now } = this.#options;
    const seconds = Number(headers?.get("retry-after") ?? Number.NaN);
    const reset =
      headers?.get("x-ratelimit-remaining") === "0"
        ? Number(headers.get("x-ratelimit-reset")) * 1000 - now()
        : Number.NaN;
    const wait = [seconds * 1000, reset].find((each) => Number.isFinite(each) && each >= 0) ?? 1000 * 2 ** (tries - 1);
    return Math.min(wait, LONGEST_WAIT_MS);
  }
}

/** A refusal that passes by itself: GitHub sends its rate limits as 403 too. */
function isPassing({ status, headers, body }: Reply): boolean {
  if (status === 429 || status >= 500) return true;
  const isLimit =
    headers.has("retry-after") || headers.get("x-ratelimit-remaining") === "0" || /rate limit/i.test(messageOf(body));
  return status === 403 && isLimit;
}

function refusal(host: string, method: string, url: string, { status, body }: Reply): PullRequestError {
  const { pathname } = new URL(url);
  if (status === 401) return new PullRequestError("TOKEN_REFUSED", { host });
  if (status === 403) {
    const action = method === "GET" ? "read the pull request" : "write to the pull request";
    return new PullRequestError("NOT_ALLOWED", { host, action, reason: messageOf(body) || "no reason given" });
  }
  if (status === 404) return new PullRequestError("NOT_FOUND", { host, what: pathname });
  return new PullRequestError("HOST_FAILED", { host, tries: 1, reason: `status ${status}: ${messageOf(body)}` });
}

function messageOf(body: unknown): string {
  const { message } = (typeof body === "object" && body !== null ? body : {}) as { message?: unknown };
  return typeof message === "string" ? message.slice(0, 300) : "";
}

function parse(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return text; // a sign-in page of Azure DevOps, a proxy's error
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
