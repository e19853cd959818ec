import type { IncomingHttpHeaders } from "node:http";
import { AutomationError } from "../errors.ts";

interface Refusal {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

const MAX_REASON = 300;
const MAX_WAIT_SECONDS = 60;

/** What a provider's refusal means to the tenant, in our words, with the provider's reason. */
export function providerRefusal(provider: string, { status, headers, text }: Refusal): AutomationError {
  const details = { provider, status, reason: reasonIn(text) };
  if (status === 401 || status === 403) return new AutomationError("MODEL_KEY_REFUSED", details);
  if (status === 429) return new AutomationError("MODEL_BUSY", { ...details, retryAfterSeconds: waitOf(headers) });
  if (status >= 300 && status < 400)
    return new AutomationError("MODEL_FAILED", { provider, reason: "it redirects, which is not followed" });
  if (status >= 500 || status === 408)
    return new AutomationError("MODEL_FAILED", { provider, reason: `it answered ${status}: ${details.reason}` });
  return new AutomationError("MODEL_CALL_REFUSED", details);
}

/** OpenAI, Anthropic and Google all tell it as `{ error: { message } }`. */
function reasonIn(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: unknown } };
    if (typeof error?.message === "string") return error.message.slice(0, MAX_REASON);
  } catch {
    // No JSON: a proxy's page says nothing that helps.
  }
  return "no reason";
}

function waitOf({ "retry-after": given }: IncomingHttpHeaders): number {
  const seconds = Number(given);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(Math.ceil(seconds), MAX_WAIT_SECONDS) : 5;
}
