import { setTimeout as delay } from "node:timers/promises";
import { Credential, type SignIn } from "./credential.ts";
import { ProviderError } from "./rpc/logic.ts";

type Json = Readonly<Record<string, unknown>>;

export interface ArmAnswer {
  readonly status: number;
  readonly body: Json | undefined;
  readonly headers: Headers;
}

/** What ARM refused, with its code. */
export class ArmRefusal extends ProviderError {
  readonly status: number;
  readonly armCode: string;

  constructor(status: number, armCode: string, message: string) {
    super(grpcCode(status), `Status=${status} Code="${armCode}" Message="${message}"`);
    this.status = status;
    this.armCode = armCode;
  }
}

/** gRPC statuses that tell the engine that nothing happened (grpc.status, by number so that this file needs no gRPC). */
function grpcCode(status: number): number {
  const INVALID_ARGUMENT = 3;
  const NOT_FOUND = 5;
  const PERMISSION_DENIED = 7;
  const FAILED_PRECONDITION = 9;
  const UNAUTHENTICATED = 16;
  const codes: Readonly<Record<number, number>> = {
    400: INVALID_ARGUMENT,
    401: UNAUTHENTICATED,
    403: PERMISSION_DENIED,
    404: NOT_FOUND,
  };
  return codes[status] ?? FAILED_PRECONDITION;
}

const TRIES = 4;
const FIRST_POLL_MS = 20;
const LONGEST_POLL_MS = 1000;
const RUNNING =
  /^(accepted|creating|updating|deleting|inprogress|running|provisioning|waiting|pending|scaling|initializing\w*)$/i;

/** Talks to ARM: token, retries as the service asks, long-running operations with fast first polls. */
export class ArmClient {
  readonly signIn: SignIn;
  readonly credential: Credential;

  constructor(signIn: SignIn) {
    this.signIn = signIn;
    this.credential = new Credential(signIn);
  }

  get subscriptionId(): string {
    return this.signIn.subscriptionId;
  }

  /** GET; `undefined` for 404. */
  async get(id: string, apiVersion: string): Promise<Json | undefined> {
    const answer = await this.send("GET", this.#url(id, apiVersion));
    if (answer.status === 404) return undefined;
    return check(answer).body ?? {};
  }

  /** PUT and wait; the answer is the resource as it is in the end. */
  async put(id: string, apiVersion: string, body: Json, query: Readonly<Record<string, string>> = {}): Promise<Json> {
    const url = this.#url(id, apiVersion, query);
    const first = check(await this.send("PUT", url, body));
    const last = await this.#wait(first, url);
    if (last.body && typeof last.body.id === "string" && last === first) return last.body;
    return (await this.get(id, apiVersion)) ?? last.body ?? {};
  }

  /** DELETE and wait; nothing there is fine. */
  async delete(id: string, apiVersion: string, query: Readonly<Record<string, string>> = {}): Promise<void> {
    const url = this.#url(id, apiVersion, query);
    const first = await this.send("DELETE", url);
    if (first.status === 404) return;
    await this.#wait(check(first), undefined);
  }

  /** POST an action and wait for its answer. */
  async post(id: string, apiVersion: string, body: Json = {}): Promise<Json> {
    const first = check(await this.send("POST", this.#url(id, apiVersion), body));
    return (await this.#wait(first, undefined)).body ?? {};
  }

  /** All items of a list, page by page. */
  async list(id: string, apiVersion: string, query: Readonly<Record<string, string>> = {}): Promise<readonly Json[]> {
    const items: Json[] = [];
    let next: string | undefined = this.#url(id, apiVersion, query);
    while (next !== undefined) {
      const { body }: ArmAnswer = check(await this.send("GET", next));
      if (Array.isArray(body?.value)) items.push(...(body.value as Json[]));
      next = typeof body?.nextLink === "string" ? body.nextLink : undefined;
    }
    return items;
  }

  /** One request; 429 and 503 with `Retry-After`, and dropped connections of repeatable methods, are tried again. */
  async send(method: string, url: string, body?: Json): Promise<ArmAnswer> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#once(method, url, body).catch((error: unknown) => {
        if (method === "POST" || attempt >= TRIES) throw error;
        return undefined;
      });
      const wait = answer?.headers.get("retry-after");
      const busy = answer && (answer.status === 429 || answer.status === 503) && wait !== null;
      if (answer && (!busy || attempt >= TRIES)) return answer;
      await delay(busy ? Number(wait) * 1000 : FIRST_POLL_MS * 2 ** attempt);
    }
  }

  async #once(method: string, url: string, body: Json | undefined): Promise<ArmAnswer> {
    const token = await this.credential.token("https://management.azure.com");
    const headers = { Authorization: `Bearer ${token}`, ...(body ? { "Content-Type": "application/json" } : {}) };
    const response = await fetch(url, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
    const text = await response.text();
    const json = text === "" ? undefined : (JSON.parse(text) as Json);
    return { status: response.status, body: json, headers: response.headers };
  }

  /** Follows `Azure-AsyncOperation`, `Location`, or `provisioningState`, whichever the service offers. */
  async #wait(first: ArmAnswer, resourceUrl: string | undefined): Promise<ArmAnswer> {
    const asyncUrl = first.headers.get("azure-asyncoperation") ?? first.headers.get("operation-location");
    const location = first.headers.get("location");
    let pause = FIRST_POLL_MS;
    const next = async (url: string, last: ArmAnswer) => {
      const asked = Number(last.headers.get("retry-after") ?? 0) * 1000;
      await delay(Math.max(asked, pause));
      pause = Math.min(pause * 2, LONGEST_POLL_MS);
      return check(await this.send("GET", url));
    };
    let last = first;
    if (asyncUrl && first.status < 300) {
      do last = await next(asyncUrl, last);
      while (RUNNING.test(String(last.body?.status ?? "")));
      if (/^(failed|canceled)$/i.test(String(last.body?.status))) throw failure(last.body);
      return last;
    }
    if (first.status === 202 && location) {
      do last = await next(location, last);
      while (last.status === 202);
      return last;
    }
    while (resourceUrl && RUNNING.test(stateOf(last.body))) last = await next(resourceUrl, last);
    if (resourceUrl && /^(failed|canceled)$/i.test(stateOf(last.body))) throw failure(last.body);
    return last;
  }

  #url(id: string, apiVersion: string, query: Readonly<Record<string, string>> = {}): string {
    const path = id.split("/").map(encodeURIComponent).join("/").replaceAll("%24", "$");
    return `${this.signIn.armEndpoint}${path}?${new URLSearchParams({ "api-version": apiVersion, ...query })}`;
  }
}

function stateOf(body: Json | undefined): string {
  const properties = body?.properties as Json | undefined;
  return String(properties?.provisioningState ?? "");
}

function failure(body: Json | undefined): ArmRefusal {
  const error = (body?.error ?? {}) as Json;
  return new ArmRefusal(409, String(error.code ?? "OperationFailed"), String(error.message ?? "The operation failed."));
}

function check(answer: ArmAnswer): ArmAnswer {
  if (answer.status < 400) return answer;
  const error = (answer.body?.error ?? {}) as Json;
  throw new ArmRefusal(
    answer.status,
    String(error.code ?? "Unknown"),
    String(error.message ?? `status ${answer.status}`),
  );
}
