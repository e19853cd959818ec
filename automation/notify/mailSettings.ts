import { z } from "zod";

/** Ports of submission: with STARTTLS (RFC 6409), and with TLS from the first byte (RFC 8314). */
const PORTS = { "smtp:": 587, "smtps:": 465 } as const;

/** A mail server that takes the platform's mail. Its password is in the vault. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; else it begins in the clear and goes over to TLS. */
  readonly isTls: boolean;
  readonly user?: string;
}

const Server = z.string().transform((text, context): MailServer => {
  const server = serverOf(text);
  if (server) return server;
  const message = "must be smtp://<user>@<host>:<port> or smtps://…, without a password: it is a secret of the vault";
  context.addIssue({ code: "custom", message });
  return z.NEVER;
});

const Domain = z
  .string()
  .toLowerCase()
  .max(253)
  .regex(/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/);

/** How the platform sends mail, and to whom: tenant id → domains whose addresses its operators may name. */
export const MailSettings = z.strictObject({
  smtp: Server,
  from: z.email(),
  domains: z.record(z.string(), z.array(Domain)),
});
export type MailSettings = z.infer<typeof MailSettings>;

/** @returns nothing for what is no such address, or holds more than belongs into it */
function serverOf(text: string): MailServer | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(text);
  if (protocol !== "smtp:" && protocol !== "smtps:") return undefined;
  const host = hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (password || search || hash || pathname.length > 1 || !/^[a-z0-9.:-]+$/.test(host)) return undefined;
  const user = decoded(username);
  if (user === undefined) return undefined;
  return { host, port: Number(port) || PORTS[protocol], isTls: protocol === "smtps:", ...(user && { user }) };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // a lone % is no name
  }
}
