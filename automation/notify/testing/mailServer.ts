import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

/** A mail as it came, and how. */
export interface ReceivedMail {
  readonly from: string;
  /** Of the envelope. */
  readonly to: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly isTls: boolean;
  readonly user: string | undefined;
}

interface MailServerOptions {
  /** Without it none is offered. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  readonly isTlsAtOnce?: boolean;
  /** Where it listens. @default 127.0.0.1 */
  readonly address?: string;
  /** Who may sign in; without it everybody may send. */
  readonly login?: { readonly user: string; readonly pass: string };
  /** Codes for recipients and for mails; nothing: it is taken. The count is of all that came so far. */
  readonly onRecipient?: (address: string, count: number) => number | undefined;
  readonly onMail?: (count: number) => number | undefined;
  /** So long it thinks about each recipient. */
  readonly recipientMs?: number;
  /** Takes connections and says nothing. */
  readonly isSilent?: boolean;
}

/** A real mail server on a port of this machine. Its refusals repeat addresses, as those of others do. */
export async function startMailServer(options: MailServerOptions = {}) {
  const received: ReceivedMail[] = [];
  const counts = { connections: 0, recipients: 0, mails: 0, logins: 0 };
  const { tls, login, onRecipient, onMail, isSilent = false, address = "127.0.0.1" } = options;
  const server = new SMTPServer({
    ...tls,
    secure: options.isTlsAtOnce ?? false,
    allowInsecureAuth: tls === undefined,
    hideSTARTTLS: tls === undefined,
    authOptional: login === undefined,
    disabledCommands: [...(login ? [] : ["AUTH"]), ...(tls ? [] : ["STARTTLS"])],
    disableReverseLookup: true,
    onConnect(_session, done) {
      counts.connections += 1;
      if (!isSilent) done();
    },
    onAuth({ username = "", password = "" }, _session, done) {
      counts.logins += 1;
      if (username === login?.user && password === login.pass) done(null, { user: username });
      else done(coded(535, `no such login: ${username} ${password}`));
    },
    onRcptTo({ address: recipient }, _session, done) {
      counts.recipients += 1;
      const code = onRecipient?.(recipient, counts.recipients);
      const answer = () => done(code === undefined ? null : coded(code, `<${recipient}> is not taken`));
      setTimeout(answer, options.recipientMs ?? 0);
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.once("end", () => {
        counts.mails += 1;
        const code = onMail?.(counts.mails);
        if (code !== undefined) return done(coded(code, "not this one"));
        const { mailFrom, rcptTo } = session.envelope;
        const envelope = { from: mailFrom ? mailFrom.address : "", to: rcptTo.map((each) => each.address) };
        const { secure: isTls, user } = session;
        received.push({ ...envelope, ...parsed(Buffer.concat(chunks).toString()), isTls, user: user as string });
        done();
      });
    },
  });
  server.on("error", () => undefined); // a client that does not trust it hangs up
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const { port } = server.server.address() as AddressInfo;
  const stop = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { received, counts, address, port, [Symbol.asyncDispose]: stop };
}

function coded(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

/** Headers by their names as written, and the text; only what is plain or quoted printable. */
function parsed(raw: string): Pick<ReceivedMail, "headers" | "text"> {
  const end = raw.indexOf("\r\n\r\n");
  const lines = raw
    .slice(0, end)
    .replaceAll(/\r\n(?=[ \t])/g, "")
    .split("\r\n");
  const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(":")), words(line)]));
  const body = raw.slice(end + 4).replaceAll("=\r\n", "");
  return { headers, text: quoted(body).replaceAll("\r\n", "\n") };
}

/** RFC 2047: words in other letters. */
function words(line: string): string {
  return line
    .slice(line.indexOf(":") + 1)
    .trim()
    .replaceAll(/\?=\s+=\?/g, "?==?")
    .replaceAll(/=\?utf-8\?([QB])\?([^?]*)\?=/gi, (_, form: string, text: string) =>
      form.toUpperCase() === "B" ? Buffer.from(text, "base64").toString() : quoted(text.replaceAll("_", " ")),
    );
}

function quoted(text: string): string {
  const bytes = text.replaceAll(/=([\dA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString();
}
