import { RuntimeError } from "../errors.ts";
import type { PricedModel } from "../loop/runAgent.ts";
import { modelByKey } from "./byKey.ts";
import type { ModelDoor } from "./door.ts";
import { isModelProvider, MODEL_PROVIDERS, modelsOf, priceOf } from "./prices.ts";
import { templateModel } from "./template/model.ts";

/** Needs no key and nobody else. */
export const TEMPLATE = "template";

/**
 * The model that a task names, with its price.
 *
 * @param door of the run; the template model needs none
 * @throws {RuntimeError} `UNKNOWN_PROVIDER`, `UNKNOWN_MODEL` for one without a price, `MODEL_DOOR_MISSING`
 */
export function resolveModel(
  { provider, name }: { readonly provider: string; readonly name: string },
  door?: ModelDoor,
): PricedModel {
  if (provider === TEMPLATE) return { model: templateModel(name), price: { inputUsd: 0, outputUsd: 0 } };
  if (!isModelProvider(provider))
    throw new RuntimeError("UNKNOWN_PROVIDER", { provider, known: [TEMPLATE, ...MODEL_PROVIDERS].join(", ") });
  const price = priceOf(provider, name);
  if (!price) throw new RuntimeError("UNKNOWN_MODEL", { name, provider, known: modelsOf(provider).join(", ") });
  if (!door) throw new RuntimeError("MODEL_DOOR_MISSING", { provider });
  return { model: modelByKey(provider, name, door), price };
}
