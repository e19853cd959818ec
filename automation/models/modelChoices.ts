import { isModelProvider, modelsOf, priceOf } from "@devfactory/runtime/models/prices.ts";
import { AutomationError } from "../errors.ts";
import type { KeyInfo, KeyStore } from "../keys/keyStore.ts";
import { type ModelChoice, TEMPLATE_MODEL } from "../orchestrator/costOptimizer.ts";
import type { Spending } from "./spending.ts";
import { type ModelUpstreams, upstreamOf } from "./upstreams.ts";

export interface ModelChoicesOptions {
  readonly keys: Pick<KeyStore, "info">;
  readonly spending: Pick<Spending, "check">;
  readonly upstreams: ModelUpstreams;
}

/** Whether a tenant can use a model now. */
export class ModelChoices {
  readonly #options: ModelChoicesOptions;

  constructor(options: ModelChoicesOptions) {
    this.#options = options;
  }

  /** @throws {AutomationError} `MODEL_UNKNOWN`, `MODEL_KEY_MISSING`, `MODEL_CAP_REACHED` */
  async check(tenantId: string, { provider, name }: ModelChoice): Promise<void> {
    if (provider === TEMPLATE_MODEL.provider && name === TEMPLATE_MODEL.name) return;
    const known = isModelProvider(provider) ? modelsOf(provider).join(", ") : TEMPLATE_MODEL.name;
    if (!isModelProvider(provider) || !priceOf(provider, name))
      throw new AutomationError("MODEL_UNKNOWN", { provider, name, known });
    const { keys, spending, upstreams } = this.#options;
    const info = await keys.info({ tenantId }, provider).catch((error: unknown): KeyInfo | undefined => {
      if (error instanceof AutomationError && error.code === "KEY_NOT_FOUND") return undefined;
      throw error;
    });
    if (!info || upstreamOf(upstreams, provider, info.resource) === undefined)
      throw new AutomationError("MODEL_KEY_MISSING", { provider });
    await spending.check({ tenantId, provider, monthlyUsd: info.monthlyUsd });
  }
}
