import { type Client, getClient } from "@azure-rest/core-client";
import type { FactSource } from "./gatherFacts.ts";

/** Questions to Azure Resource Manager below one subscription, and removals, through Azure's own REST client, which signs in and waits out throttling. */
export class ArmReader {
  readonly #client: Client;
  readonly #subscription: string;
  readonly #signal: AbortSignal | undefined;

  /** @param signal ends what is asked */
  constructor({ endpoint, scope, credential, subscriptionId }: FactSource, signal?: AbortSignal) {
    this.#client = getClient(endpoint, credential, { credentials: { scopes: [scope] } });
    this.#subscription = `/subscriptions/${subscriptionId}`;
    this.#signal = signal;
  }

  /** @throws {Error} with the service's code and message when it is not answered 2xx */
  async get(path: string, apiVersion: string, query: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const { status, body } = await this.#at(path).get(this.#options(apiVersion, query));
    return accepted(status, body);
  }

  async post(path: string, apiVersion: string, body: unknown): Promise<unknown> {
    const answer = await this.#at(path).post({ ...this.#options(apiVersion), body });
    return accepted(answer.status, answer.body);
  }

  /** Begins a removal; what is gone already is no error. */
  async remove(path: string, apiVersion: string): Promise<void> {
    const { status, body } = await this.#at(path).delete(this.#options(apiVersion));
    if (status !== "404") accepted(status, body);
  }

  /** All pages of a list. @param query more than the version */
  async list(path: string, apiVersion: string, query: Readonly<Record<string, string>> = {}): Promise<unknown[]> {
    const rows: unknown[] = [];
    let page = (await this.get(path, apiVersion, query)) as { value?: unknown[]; nextLink?: string };
    rows.push(...(page.value ?? []));
    while (page.nextLink) {
      const { status, body } = await this.#client.pathUnchecked(page.nextLink).get(this.#stop());
      page = accepted(status, body) as typeof page;
      rows.push(...(page.value ?? []));
    }
    return rows;
  }

  /** What has an id, in whatever subscription; nothing when it is not there. */
  async find(id: string, apiVersion: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    const { status, body } = await this.#client.pathUnchecked(id).get(this.#options(apiVersion));
    if (status === "404") return undefined;
    return accepted(status, body) as Readonly<Record<string, unknown>>;
  }

  async exists(path: string, apiVersion: string): Promise<boolean> {
    const { status, body } = await this.#at(path).get(this.#options(apiVersion));
    if (status === "404") return false;
    accepted(status, body);
    return true;
  }

  /** Whether a HEAD finds something in all of Azure, outside any subscription. */
  async existsAnywhere(path: string, apiVersion: string): Promise<boolean> {
    const { status, body } = await this.#client.pathUnchecked(path).head(this.#options(apiVersion));
    if (status === "404") return false;
    accepted(status, body);
    return true;
  }

  #options(apiVersion: string, query: Readonly<Record<string, string>> = {}) {
    return { queryParameters: { "api-version": apiVersion, ...query }, ...this.#stop() };
  }

  #stop() {
    return this.#signal ? { abortSignal: this.#signal } : {};
  }

  #at(path: string) {
    return this.#client.pathUnchecked(`${this.#subscription}${path}`);
  }
}

function accepted(status: string, body: unknown): unknown {
  if (status.startsWith("2")) return body;
  const { error } = (typeof body === "object" && body !== null ? body : {}) as {
    error?: { code?: string; message?: string };
  };
  throw new Error(error ? `${error.code}: ${error.message}` : `status ${status}`);
}
