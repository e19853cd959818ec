import { createHmac } from "node:crypto";
import type { HttpKind, OutgoingEvent } from "./documents.ts";

/** What is sent: the body, and the headers that say what it is. */
export interface Message {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * An event in the form that an endpoint understands.
 *
 * @param secrets sign a `webhook`'s body: the one in use, and during a rotation the one before
 * @param seconds time of the signature
 */
export function messageOf(kind: HttpKind, event: OutgoingEvent, secrets: readonly string[], seconds: number): Message {
  const json = { "content-type": "application/json" };
  if (kind === "slack") return { body: JSON.stringify({ text: forSlack(sentence(event)) }), headers: json };
  if (kind === "teams") return { body: JSON.stringify(card(sentence(event))), headers: json };
  const body = JSON.stringify(event);
  return {
    body,
    headers: {
      ...json,
      "devfactory-event-id": event.id,
      "devfactory-event-type": event.type,
      "devfactory-signature": signature(body, secrets, seconds),
    },
  };
}

/** Stripe's form: `t=<seconds>,v1=<hex>[,v1=<hex>]`, HMAC-SHA256 over `<seconds>.<body>` (docs.stripe.com, "Verify webhook signatures manually"). */
export function signature(body: string, secrets: readonly string[], seconds: number): string {
  const signed = secrets.map((secret) => createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex"));
  return [`t=${seconds}`, ...signed.map((each) => `v1=${each}`)].join(",");
}

const WORDS: Readonly<Record<OutgoingEvent["type"], string>> = {
  "job.succeeded": "A job has ended well",
  "job.failed": "A job has failed",
  "job.cancelled": "A job was stopped",
  "app.expiring": "An app ends soon",
  "app.drifted": "Somebody changed what was deployed",
  ping: "This is a try",
  "endpoint.disabled": "An endpoint was disabled, because nothing arrives there",
};

/** What happened, without names. */
export function headline({ type }: Pick<OutgoingEvent, "type">): string {
  return WORDS[type];
}

/** An event for people: what happened, the app, the job, its address or what to do. What people wrote is in it as they wrote it. */
export function sentence({ type, data }: OutgoingEvent): string {
  const { title, jobId, url, error, endpointId, message } = data as Readonly<Record<string, unknown>> & {
    readonly error?: { readonly title?: string; readonly fix?: string };
  };
  const parts = [WORDS[type], title, message, jobId, endpointId, url, error?.title, error?.fix];
  return parts.filter((each) => typeof each === "string" && each !== "").join(" · ");
}

/** Without links and mentions of our own making (docs.slack.dev, "Escaping text"). */
function forSlack(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** A `TextRun` is shown as it is; a `TextBlock` would read Markdown in it (adaptivecards.io, "TextRun"). */
function card(text: string): object {
  const body = [{ type: "RichTextBlock", inlines: [{ type: "TextRun", text }] }];
  const content = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    body,
  };
  const contentType = "application/vnd.microsoft.card.adaptive";
  return { type: "message", attachments: [{ contentType, contentUrl: null, content }] };
}
