import {
  costOf,
  isModelProvider,
  MAX_OUTPUT_TOKENS,
  type ModelPrice,
  type ModelProvider,
  priceOf,
  type TokenCount,
} from "@devfactory/runtime/models/prices.ts";
import { AutomationError } from "../errors.ts";
import type { KeyStore } from "../keys/keyStore.ts";
import type { Logger } from "../logger.ts";
import type { OutboundAnswer, OutboundClient } from "../outbound/outboundClient.ts";
import { providerRefusal } from "./providerRefusal.ts";
import type { ModelRun, RunTokens } from "./runTokens.ts";
import type { Reservation, Spending } from "./spending.ts";
import { type ModelUpstreams, upstreamOf } from "./upstreams.ts";
import { type Json, objectIn, WIRES, type Wire } from "./wire.ts";

export interface ModelGatewayOptions {
  readonly tokens: Pick<RunTokens, "verify">;
  readonly keys: Pick<KeyStore, "info" | "reveal">;
  readonly spending: Pick<Spending, "reserve" | "settle">;
  readonly outbound: Pick<OutboundClient, "send">;
  readonly upstreams: ModelUpstreams;
  readonly log: Pick<Logger, "info" | "warn">;
  /** So long a provider may take for an answer. @default 200 s: the front door of a container app waits 240 s */
  readonly timeoutMs?: number;
}

/** One request of an agent, as it came. */
export interface ModelCall {
  readonly provider: string;
  /** Behind the provider's name, with the slash. */
  readonly path: string;
  readonly header: (name: string) => string | undefined;
  readonly body: () => Promise<unknown>;
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 200_000;
/** Of the provider's answer. */
const MAX_BYTES = 4 * 1024 * 1024;
/** What providers add to a request of their own: tool instructions, marks between messages. */
const OVERHEAD_TOKENS = 1_000;
const MICRO = 1_000_000;

/**
 * Makes model calls for runs of agents with their tenant's key, which they never see. A call is made when its run goes on, its model is
 * the run's, it is of the one kind that agents make, and the most that it may cost stays within the key's cap.
 */
export class ModelGateway {
  readonly #options: ModelGatewayOptions;

  constructor(options: ModelGatewayOptions) {
    this.#options = options;
  }

  /**
   * @returns the provider's answer, as JSON text
   * @throws {AutomationError} `ROUTE_NOT_FOUND` for what is no call of a provider, `MODEL_*`, `KEY_*`, `KEYS_UNAVAILABLE`
   */
  async call(call: ModelCall): Promise<string> {
    const { provider, path } = call;
    const wire = isModelProvider(provider) ? WIRES[provider] : undefined;
    const isCall = wire && new RegExp(`^${wire.path("[\\w.-]{1,100}")}$`).test(path);
    if (!isCall) throw new AutomationError("ROUTE_NOT_FOUND", { method: "POST", path: `/models/${provider}${path}` });
    const run = await this.#options.tokens.verify(tokenOf(call, wire));
    const { model } = run;
    if (run.provider !== provider || path !== wire.path(model))
      throw new AutomationError("MODEL_NOT_OF_RUN", { provider: run.provider, model });
    const price = priceOf(provider as ModelProvider, model);
    if (!price) throw new AutomationError("MODEL_UNKNOWN", { provider, name: model, known: "a priced model" });
    const body = await call.body();
    const problem = isObject(body) ? wire.problem(body, model) : "the body must be a JSON object";
    if (problem !== undefined || !isObject(body)) throw new AutomationError("MODEL_REQUEST_REFUSED", { problem });
    return this.#paid(run, wire, price, wire.bounded(body, MAX_OUTPUT_TOKENS), call.signal);
  }

  /** Reserves, calls, settles. */
  async #paid(
    run: ModelRun,
    wire: Wire,
    price: ModelPrice,
    { body, outputTokens }: ReturnType<Wire["bounded"]>,
    signal: AbortSignal,
  ): Promise<string> {
    const { keys, spending, upstreams } = this.#options;
    const provider = run.provider as ModelProvider;
    const { monthlyUsd, resource } = await keys.info(run, provider);
    const base = upstreamOf(upstreams, provider, resource);
    if (base === undefined) throw new AutomationError("MODEL_KEY_MISSING", { provider });
    const key = await keys.reveal(run, provider);
    const text = JSON.stringify(body);
    const most = { inputTokens: Buffer.byteLength(text) + OVERHEAD_TOKENS, cachedTokens: 0, outputTokens };
    const bound = microUsd(price, most);
    const reserved = await spending.reserve({ tenantId: run.tenantId, provider, monthlyUsd }, bound);
    const started = performance.now();
    let answer: OutboundAnswer;
    try {
      answer = await this.#send(`${base}${wire.path(run.model)}`, wire, key, text, signal);
    } catch (error) {
      // Without an answer nobody knows whether the provider did it: it counts in full, unless nothing was ever sent.
      await this.#settle(reserved, neverSent(error) ? NOTHING : { microUsd: bound, inputTokens: 0, outputTokens: 0 });
      signal.throwIfAborted();
      throw new AutomationError("MODEL_FAILED", { provider, reason: reasonOf(error) }, { cause: error });
    }
    const told = withoutKey(answer.body.toString("utf8"), key);
    const { status } = answer;
    const isGood = status >= 200 && status < 300;
    const used = isGood ? usageOf(wire, told) : NO_TOKENS;
    const cost = used ? microUsd(price, used) : bound;
    const { inputTokens, outputTokens: written } = used ?? NO_TOKENS;
    await this.#settle(reserved, { microUsd: cost, inputTokens, outputTokens: written });
    const ms = Math.round(performance.now() - started);
    const { tenantId, jobId, agent, model } = run;
    this.#options.log.info({ tenantId, jobId, agent, provider, model, status, ms, microUsd: cost }, "model call");
    if (!isGood) throw providerRefusal(provider, { status, headers: answer.headers, text: told });
    return told;
  }

  #send(address: string, wire: Wire, key: string, body: string, signal: AbortSignal): Promise<OutboundAnswer> {
    const { outbound, timeoutMs = TIMEOUT_MS } = this.#options;
    const { outbound: name } = wire.credential;
    const headers = {
      ...wire.headers,
      "content-type": "application/json",
      [name]: name === "authorization" ? `Bearer ${key}` : key,
    };
    return outbound.send(address, { method: "POST", headers, body, timeoutMs, maxBytes: MAX_BYTES, signal });
  }

  /** What cannot be written counts in full when its time is over. */
  async #settle(reserved: Reservation, truth: Parameters<Spending["settle"]>[1]): Promise<void> {
    try {
      await this.#options.spending.settle(reserved, truth);
    } catch (error) {
      const { tenantId, provider } = reserved;
      this.#options.log.warn({ err: error, tenantId, provider }, "what a model call cost was not written");
    }
  }
}

const NO_TOKENS: TokenCount = { inputTokens: 0, cachedTokens: 0, outputTokens: 0 };
const NOTHING = { microUsd: 0, inputTokens: 0, outputTokens: 0 };

function tokenOf({ header }: ModelCall, { credential }: Wire): string {
  const given = header(credential.inbound) ?? "";
  return given.startsWith(credential.prefix) ? given.slice(credential.prefix.length) : "";
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whole millionths of a dollar, rounded up. */
function microUsd(price: ModelPrice, tokens: TokenCount): number {
  return Math.ceil(costOf(price, tokens) * MICRO - 1e-6);
}

function usageOf(wire: Wire, text: string): TokenCount | undefined {
  try {
    return wire.usage(objectIn({ answer: JSON.parse(text) as unknown }, "answer") ?? {});
  } catch {
    return undefined;
  }
}

/** A provider may repeat what it was sent. */
function withoutKey(text: string, key: string): string {
  return text.replaceAll(key, "[secret:value]");
}

/** Refused before any connection, or no connection came about. */
function neverSent(error: unknown): boolean {
  if (!(error instanceof AutomationError)) return false;
  if (error.code === "OUTBOUND_REFUSED") return true;
  const cause = error.cause as { readonly code?: unknown; readonly cause?: { readonly code?: unknown } } | undefined;
  return [cause?.code, cause?.cause?.code].some((code) => code === "ECONNREFUSED" || code === "ENOTFOUND");
}

function reasonOf(error: unknown): string {
  if (error instanceof AutomationError) return String(error.details.problem ?? error.message);
  return error instanceof Error ? error.message : String(error);
}
