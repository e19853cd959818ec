/**
 * The few messages of the Postgres protocol that the proxy itself speaks, before it lets bytes through.
 *
 * @see PostgreSQL documentation, "Message Formats"
 */

const SSL_REQUEST = 80877103;
const GSS_REQUEST = 80877104;
const CANCEL_REQUEST = 80877102;
/** libpq refuses longer startup packets too. */
const MAX_STARTUP_BYTES = 10_000;

export type FirstPacket =
  | { readonly kind: "ssl" | "gss" }
  | { readonly kind: "cancel"; readonly raw: Buffer }
  | { readonly kind: "startup"; readonly raw: Buffer; readonly parameters: ReadonlyMap<string, string> };

/** SQLSTATE classes that the proxy answers with. */
export type SqlState = "08P01" | "28000" | "28P01" | "57P03";

/** Length of the untyped packet at the start of `bytes`, or undefined while its length is not there. @throws when it is no such packet */
export function startupLength(bytes: Buffer): number | undefined {
  if (bytes.length < 4) return undefined;
  const length = bytes.readInt32BE(0);
  if (length < 8 || length > MAX_STARTUP_BYTES) throw new Error("invalid length of startup packet");
  return length;
}

/** Reads a packet that a client sends before it is signed in. @throws for an unsupported protocol version */
export function parseFirst(raw: Buffer): FirstPacket {
  const code = raw.readInt32BE(4);
  if (code === SSL_REQUEST) return { kind: "ssl" };
  if (code === GSS_REQUEST) return { kind: "gss" };
  if (code === CANCEL_REQUEST) return { kind: "cancel", raw };
  if (code >>> 16 !== 3) throw new Error(`unsupported frontend protocol ${code >>> 16}.${code & 0xffff}`);
  const fields = raw.subarray(8).toString("utf8").split("\0");
  const parameters = new Map<string, string>();
  for (let index = 0; index + 1 < fields.length && fields[index]; index += 2) {
    parameters.set(String(fields[index]), fields[index + 1] ?? "");
  }
  return { kind: "startup", raw, parameters };
}

/** ErrorResponse that ends the connection. */
export function fatal(code: SqlState, message: string): Buffer {
  const fields = [`SFATAL`, `VFATAL`, `C${code}`, `M${message}`].map((field) => `${field}\0`).join("");
  return typed("E", Buffer.from(`${fields}\0`));
}

/** AuthenticationCleartextPassword: the token travels inside TLS. */
export function askPassword(): Buffer {
  const body = Buffer.alloc(4);
  body.writeInt32BE(3);
  return typed("R", body);
}

/** Length of the typed message at the start of `bytes` with its type byte, or undefined while unknown. */
export function messageLength(bytes: Buffer): number | undefined {
  return bytes.length < 5 ? undefined : bytes.readInt32BE(1) + 1;
}

/** The password of a PasswordMessage, or undefined when `raw` is another message. */
export function parsePassword(raw: Buffer): string | undefined {
  return raw[0] === 0x70 ? raw.subarray(5, raw.length - 1).toString("utf8") : undefined;
}

function typed(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, "latin1");
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
