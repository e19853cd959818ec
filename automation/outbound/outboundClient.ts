import { lookup } from "node:dns/promises";
import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { AutomationError } from "../errors.ts";
import { forbidden } from "./addresses.ts";
import { shownAddress, type Target, type TargetRules, targetOf } from "./target.ts";

export interface OutboundOptions extends TargetRules {
  /** All addresses of a name. @default the system's resolver */
  readonly resolve?: (name: string) => Promise<readonly string[]>;
}

export interface OutboundRequest {
  /** @default GET */
  readonly method?: "GET" | "HEAD" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For all of it: name, connection, redirects, answer. @default 10 s */
  readonly timeoutMs?: number;
  /** Of the answer's body. @default 64 KiB */
  readonly maxBytes?: number;
  /** How many redirects of a GET or HEAD are followed, each checked as the first address was. @default 0 */
  readonly redirects?: 0 | 1 | 2 | 3;
  readonly signal?: AbortSignal;
}

export interface OutboundAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The address that gave it, after redirects. */
  readonly url: string;
}

/** A target whose name was resolved, with the addresses that were checked: only they may be connected to. */
export interface CheckedTarget extends Target {
  readonly addresses: readonly string[];
}

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 64 * 1024;
/** Not handed to another origin. */
const PRIVATE_HEADERS = /^(?:authorization|cookie|proxy-authorization)$/i;

/**
 * The only way out to addresses that people, specs or generated text name. The name is resolved once, every address is checked, and the
 * connection goes to a checked address: an answer of the DNS that changes later is not asked for. Credentials of Azure are never sent.
 */
export class OutboundClient {
  readonly #options: OutboundOptions;

  constructor(options: OutboundOptions = {}) {
    this.#options = options;
  }

  /**
   * Sends one request.
   *
   * @throws {AutomationError} `OUTBOUND_REFUSED` for an address that may not be called, before any connection to it; `OUTBOUND_FAILED`
   *   when nobody answers, in time and size
   */
  async send(address: string, request: OutboundRequest = {}): Promise<OutboundAnswer> {
    const { redirects = 0, timeoutMs = TIMEOUT_MS } = request;
    const timer = new AbortController();
    const timeout = setTimeout(() => timer.abort(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs);
    const signal = request.signal ? AbortSignal.any([request.signal, timer.signal]) : timer.signal;
    try {
      return await this.#follow(address, { ...request, signal }, redirects);
    } catch (error) {
      request.signal?.throwIfAborted();
      if (error instanceof AutomationError) throw error;
      throw failed(address, signal.aborted ? signal.reason : error);
    } finally {
      clearTimeout(timeout);
    }
  }

  /**
   * Resolves and checks an address, for programs that connect by themselves and can be told where to.
   *
   * @throws {AutomationError} `OUTBOUND_REFUSED`; `OUTBOUND_FAILED` when the name has no address
   */
  async check(address: string, rules: TargetRules = {}): Promise<CheckedTarget> {
    const merged = { ...this.#options, ...rules };
    const target = targetOf(address, merged);
    const { host } = target;
    const addresses = isIP(host) ? [host] : await this.#resolve(address, host);
    for (const each of addresses) {
      const problem = forbidden(each, merged.reach ?? "public");
      // One bad answer among good ones is refused too: who mixes them wants us to try.
      if (problem) {
        throw new AutomationError("OUTBOUND_REFUSED", {
          address: shownAddress(address),
          problem: `${host} leads to an address that ${problem}`,
        });
      }
    }
    return { ...target, addresses };
  }

  async #follow(
    address: string,
    request: OutboundRequest & { signal: AbortSignal },
    left: number,
  ): Promise<OutboundAnswer> {
    const target = await withSignal(this.check(address), request.signal);
    const answer = await withSignal(this.#exchange(target, request), request.signal);
    const { location } = answer.headers;
    const follows = left > 0 && answer.status >= 300 && answer.status < 400 && location !== undefined;
    if (!follows || request.method === "POST") return answer;
    if (!URL.canParse(location, target.url)) throw failed(address, new Error("it redirects to what is no address"));
    const next = new URL(location, target.url);
    const headers = next.origin === target.url.origin ? request.headers : withoutPrivate(request.headers ?? {});
    const { headers: _, ...rest } = request;
    return this.#follow(next.href, { ...rest, ...(headers ? { headers } : {}) }, left - 1);
  }

  async #resolve(address: string, host: string): Promise<readonly string[]> {
    const resolve = this.#options.resolve ?? systemAddresses;
    try {
      const addresses = await resolve(host);
      if (addresses.length > 0) return addresses;
    } catch (error) {
      throw failed(address, new Error("the name has no address", { cause: error }));
    }
    throw failed(address, new Error("the name has no address"));
  }

  #exchange(target: CheckedTarget, request: OutboundRequest & { signal: AbortSignal }): Promise<OutboundAnswer> {
    const { method = "GET", headers = {}, body, maxBytes = MAX_BYTES, signal } = request;
    const { url, host, addresses } = target;
    const secure = url.protocol === "https:";
    const options = {
      method,
      // The name stays in `Host` and in TLS; only the connection goes to the checked address.
      headers: { "user-agent": "DevFactory", "accept-encoding": "identity", ...headers },
      lookup: pinned(addresses),
      agent: false as const, // a connection of its own: none that was opened under another check is used again
      signal,
      ...(secure ? { servername: isIP(host) ? "" : host } : {}),
    };
    return new Promise((resolve, reject) => {
      const sent = (secure ? requestHttps : requestHttp)(url, options, (response) => {
        readBody(response, maxBytes)
          .then((read) =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: read, url: url.href }),
          )
          .catch(reject)
          .finally(() => sent.destroy());
      });
      sent.once("error", reject);
      // Without a listener the end of such a connection would be told to nobody.
      sent.once("upgrade", (_response, socket) => {
        socket.destroy();
        reject(new Error("it changes the protocol"));
      });
      sent.end(body);
    });
  }
}

/** Answers what was checked, whatever the DNS would say now. */
function pinned(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_name, options, callback) => {
    const [first] = all;
    if (options.all) callback(null, all);
    else callback(null, first?.address ?? "", first?.family);
  };
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error(`the answer has more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function withoutPrivate(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !PRIVATE_HEADERS.test(name)));
}

/** The system's resolver cannot be called back, and no end of a connection is to hang a caller: the signal ends the wait. */
async function withSignal<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

async function systemAddresses(name: string): Promise<readonly string[]> {
  return (await lookup(name, { all: true, verbatim: true })).map(({ address }) => address);
}

function failed(address: string, cause: unknown): AutomationError {
  const problem = cause instanceof Error ? cause.message || cause.name : String(cause);
  return new AutomationError("OUTBOUND_FAILED", { address: shownAddress(address), problem }, { cause });
}
