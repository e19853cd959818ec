import { createTransport, type NodemailerError, type SMTPTransportOptions } from "nodemailer";
import { isLoopback, type Reach } from "../outbound/addresses.ts";
import type { Attempt } from "./attempt.ts";
import type { EndpointDocument, OutgoingEvent, RecipientStates } from "./documents.ts";
import { mailOf } from "./mail.ts";
import type { MailServer, MailSettings } from "./mailSettings.ts";
import { domainOf, foreignDomain } from "./recipients.ts";

export interface MailerOptions {
  /** Absent: the platform sends no mail. */
  readonly settings: () => MailSettings | undefined;
  /** Of the server's user. */
  readonly password: () => Promise<string | undefined>;
  /** Only where this machine may be called, a server on it may do without TLS. */
  readonly reach: Reach;
  /** For all of an attempt. @default 10 s */
  readonly timeoutMs?: number;
}

/** A mail that is to go out. */
export interface Outgoing {
  readonly endpoint: Pick<EndpointDocument, "tenantId" | "endpointId" | "version">;
  readonly event: OutgoingEvent;
  readonly to: readonly string[];
  /** What earlier attempts left. */
  readonly recipients: RecipientStates | undefined;
}

/** Secret of the vault: the password of the mail server's user. */
export const SMTP_PASSWORD = "smtp-password";
const TIMEOUT_MS = 10_000;

/** Why a server takes no mail at all, by nodemailer's code. Its own words may repeat addresses and credentials: they are not told. */
const PROBLEMS: Readonly<Record<string, string>> = {
  EAUTH: "the mail server does not accept the platform's sign-in",
  ETLS: "the mail server offers no TLS that holds",
  ESOCKET: "the mail server cannot be reached, or its certificate is not valid",
  EDNS: "the mail server's name has no address",
  ETIMEDOUT: "the mail server did not answer in time",
  EABORT: "the mail server did not answer in time",
};

/** Sends mail through the server that the platform's settings name. */
export class Mailer {
  readonly #options: MailerOptions;

  constructor(options: MailerOptions) {
    this.#options = options;
  }

  /** Sends an event to those recipients that wait for it; throws when the vault does not answer. */
  async send({ endpoint, event, to, recipients }: Outgoing): Promise<Attempt> {
    const settings = this.#options.settings();
    if (!settings) return ours("the platform sends no mail any more");
    const foreign = foreignDomain(settings, endpoint.tenantId, to);
    if (foreign !== undefined)
      return { outcome: "refused", problem: `mail to ${foreign} is not allowed to this tenant any more` };
    const { user } = settings.smtp;
    const pass = user === undefined ? undefined : await this.#options.password();
    if (user !== undefined && !pass) return ours(`the platform's vault has no secret ${SMTP_PASSWORD}`);
    const before = recipients?.version === endpoint.version ? recipients.states : to.map(() => "waits" as const);
    const waiting = to.filter((_, index) => before[index] === "waits");
    const answers = await this.#hand(settings, pass, mailOf({ endpoint, event, to, from: settings.from }), waiting);
    if ("outcome" in answers) return answers;
    const states = to.map((each, index) => stateAfter(answers.get(each)) ?? before[index] ?? "waits");
    return summary({ version: endpoint.version, states }, [...answers.values()]);
  }

  /** @returns what the server said to each of the recipients, or why it takes nothing */
  async #hand(
    { smtp, from }: MailSettings,
    pass: string | undefined,
    mail: ReturnType<typeof mailOf>,
    waiting: readonly string[],
  ): Promise<ReadonlyMap<string, number> | Attempt> {
    const { timeoutMs = TIMEOUT_MS, reach } = this.#options;
    const transport = createTransport(transportOf(smtp, pass, reach, timeoutMs, domainOf(from)));
    const envelope = { from, to: [...waiting] };
    try {
      const signal = AbortSignal.timeout(timeoutMs); // the other limits are each for one pause
      const { response, rejectedErrors } = await transport.sendMail({ ...mail, envelope, signal });
      return answersOf(waiting, Number.parseInt(response, 10), rejectedErrors);
    } catch (error) {
      const { code = "", command = "", responseCode, rejectedErrors } = error as NodemailerError;
      const isAboutRecipients = responseCode !== undefined && /^(?:RCPT TO|DATA)$/.test(command);
      if (isAboutRecipients) return answersOf(waiting, responseCode, rejectedErrors);
      return ours(PROBLEMS[code] ?? "the mail server does not take the platform's mail", responseCode);
    }
  }
}

function transportOf(
  { host, port, isTls, user }: MailServer,
  pass: string | undefined,
  reach: Reach,
  timeoutMs: number,
  name: string,
): SMTPTransportOptions {
  const mayBePlain = reach === "loopback" && (isLoopback(host) || host === "localhost");
  return {
    host,
    port,
    name, // in place of the host name of this machine
    secure: isTls,
    requireTLS: !isTls && !mayBePlain,
    ...(user !== undefined && pass !== undefined && { auth: { user, pass } }),
    dnsTimeout: timeoutMs,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** The server's last answer counts for whom it did not refuse before. */
function answersOf(
  waiting: readonly string[],
  last: number,
  rejected: readonly NodemailerError[] = [],
): ReadonlyMap<string, number> {
  const refused = new Map(rejected.map(({ recipient = "", responseCode = last }) => [recipient, responseCode]));
  return new Map(waiting.map((each) => [each, refused.get(each) ?? last]));
}

function stateAfter(code: number | undefined): RecipientStates["states"][number] | undefined {
  if (code === undefined) return undefined;
  if (code >= 200 && code < 300) return "taken";
  return code >= 500 ? "refused" : "waits";
}

function summary(recipients: RecipientStates, codes: readonly number[]): Attempt {
  const { states } = recipients;
  const taken = states.filter((each) => each === "taken").length;
  const outcome = states.includes("waits") ? "again" : taken > 0 ? "arrived" : "refused";
  const status = codes.find((code) => stateAfter(code) !== "taken") ?? codes[0];
  const problem = `the mail server has taken it for ${taken} of ${states.length} recipients`;
  return { outcome, ...(status !== undefined && { status }), ...(taken < states.length && { problem }), recipients };
}

function ours(problem: string, status?: number): Attempt {
  return { outcome: "again", isOurs: true, problem, ...(status !== undefined && { status }) };
}
