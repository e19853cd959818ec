/** A disturbance that a test asks for: on requests that match, wait, answer something else, or drop the connection. */
export interface Fault {
  readonly method?: string;
  /** Text that the path contains, without case. */
  readonly path: string;
  readonly delayMs?: number;
  /** Serve, and hold the answer back so long: for whoever asked, it is lost. */
  readonly holdMs?: number;
  /** Answer with this status instead of serving. */
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  /** Code of the error. @default TooManyRequests for 429, else ServiceUnavailable */
  readonly code?: string;
  /** How many requests it disturbs. @default 1 */
  readonly count?: number;
}

/** The faults that are waiting for their requests. */
export class Faults {
  readonly #waiting: { fault: Fault; left: number }[] = [];

  add(fault: Fault): void {
    this.#waiting.push({ fault, left: fault.count ?? 1 });
  }

  clear(): void {
    this.#waiting.length = 0;
  }

  /** Serves a request, disturbed when a fault fits it. */
  async disturb(request: Request, serve: () => Promise<Response>): Promise<Response> {
    const path = new URL(request.url).pathname.toLowerCase();
    const found = this.#waiting.find(
      ({ fault, left }) =>
        left > 0 && path.includes(fault.path.toLowerCase()) && (fault.method ?? request.method) === request.method,
    );
    if (!found) return serve();
    found.left -= 1;
    const { delayMs = 0, holdMs = 0, status, retryAfterSeconds, code } = found.fault;
    if (delayMs > 0) await pause(delayMs);
    if (status === undefined) {
      const answer = await serve();
      if (holdMs > 0) await pause(holdMs);
      return answer;
    }
    const headers = retryAfterSeconds === undefined ? {} : { "Retry-After": String(retryAfterSeconds) };
    const error = {
      code: code ?? (status === 429 ? "TooManyRequests" : "ServiceUnavailable"),
      message: "A fault that a test asked for.",
    };
    return Response.json({ error }, { status, headers });
  }
}

/** Keeps no process alive: a house that is stopped leaves its disturbances behind. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
