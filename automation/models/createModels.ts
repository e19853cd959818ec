import type { KeyRows } from "../keys/keyRows.ts";
import type { KeyStore } from "../keys/keyStore.ts";
import type { Logger } from "../logger.ts";
import type { OutboundClient } from "../outbound/outboundClient.ts";
import { ModelGateway } from "./gateway.ts";
import { ModelChoices } from "./modelChoices.ts";
import { RunTokens } from "./runTokens.ts";
import { Spending } from "./spending.ts";
import type { ModelUpstreams } from "./upstreams.ts";

export interface ModelParts {
  readonly rows: KeyRows;
  readonly keys: KeyStore;
  readonly outbound: OutboundClient;
  readonly upstreams: ModelUpstreams;
  readonly log: Pick<Logger, "info" | "warn">;
  readonly now?: () => number;
}

/** The API's side of models by key. */
export function createModels({ rows, keys, outbound, upstreams, log, now = Date.now }: ModelParts) {
  const spending = new Spending({ rows, now });
  const tokens = new RunTokens(rows, now);
  return {
    spending,
    tokens,
    choices: new ModelChoices({ keys, spending, upstreams }),
    gateway: new ModelGateway({ tokens, keys, spending, outbound, upstreams, log }),
  };
}
