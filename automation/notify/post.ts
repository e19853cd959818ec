import { AutomationError } from "../errors.ts";
import type { OutboundClient } from "../outbound/outboundClient.ts";
import type { Attempt } from "./attempt.ts";
import type { HttpKind, HttpSecrets, OutgoingEvent } from "./documents.ts";
import { messageOf } from "./message.ts";

const ANSWER_MS = 10_000;
/** Answers are not looked at. */
const MAX_ANSWER_BYTES = 16 * 1024;
const MAX_WAIT_MS = 5 * 3_600_000;

/** Sends an event to a webhook or a chat. @param nowMs time of the signature */
export async function post(
  outbound: Pick<OutboundClient, "send">,
  kind: HttpKind,
  event: OutgoingEvent,
  { url, secret, previous }: HttpSecrets,
  nowMs: number,
): Promise<Attempt> {
  const overlaps = previous !== undefined && Date.parse(previous.until) > nowMs;
  const secrets = [...(secret ? [secret] : []), ...(overlaps ? [previous.secret] : [])];
  const { body, headers } = messageOf(kind, event, secrets, Math.floor(nowMs / 1000));
  try {
    const request = { method: "POST", headers, body, timeoutMs: ANSWER_MS, maxBytes: MAX_ANSWER_BYTES } as const;
    const { status, headers: answered } = await outbound.send(url, request);
    const retryAfter = Number(answered["retry-after"]);
    const waitMs = Number.isFinite(retryAfter) ? Math.min(retryAfter * 1000, MAX_WAIT_MS) : 0;
    const outcome = status >= 200 && status < 300 ? "arrived" : "again";
    return { outcome, status, ...(waitMs > 0 && { waitMs }) };
  } catch (error) {
    if (!(error instanceof AutomationError)) throw error;
    return { outcome: "again", problem: String(error.details.problem) }; // without the address, which may be a credential
  }
}
