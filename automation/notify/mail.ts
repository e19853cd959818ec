import type { SendMailOptions } from "nodemailer";
import type { EndpointDocument, OutgoingEvent } from "./documents.ts";
import { headline, sentence } from "./message.ts";
import { domainOf } from "./recipients.ts";

const SUBJECT_TITLE = 120;

export interface Addressed {
  readonly endpoint: Pick<EndpointDocument, "endpointId">;
  readonly event: OutgoingEvent;
  readonly from: string;
  /** Shown in the header; a further attempt may go to some of them only. */
  readonly to: readonly string[];
}

/**
 * An event as a mail of plain text. Each attempt makes the same one, with the same `Message-ID`: who gets it twice knows. What people
 * wrote stands on one line each, so it can be neither a header nor a paragraph of its own.
 */
export function mailOf({ endpoint: { endpointId }, event, from, to }: Addressed) {
  const { title } = event.data;
  const named =
    typeof title === "string" && title !== "" ? ` · ${[...oneLine(title)].slice(0, SUBJECT_TITLE).join("")}` : "";
  return {
    from: { name: "DevFactory", address: from },
    to: to.map((address) => ({ name: "", address })), // as parts: text would be taken apart once more
    subject: `DevFactory: ${headline(event)}${named}`,
    text: `${oneLine(sentence(event))}\n\nAn operator named this address in the endpoint ${endpointId} of DevFactory; DELETE /webhooks/endpoints/${endpointId} ends it.\n`,
    textEncoding: "quoted-printable",
    date: new Date(event.createdAt),
    messageId: `<${event.id}.${endpointId}@${domainOf(from)}>`,
    headers: {
      "Auto-Submitted": "auto-generated", // RFC 3834: no holiday note comes back
      "DevFactory-Event-Id": event.id,
      "DevFactory-Event-Type": event.type,
    },
    xMailer: false,
  } as const satisfies SendMailOptions;
}

/** Control characters, ends of lines and turns of the writing direction become a blank. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, " ").trim();
}
