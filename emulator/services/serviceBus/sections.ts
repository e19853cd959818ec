import rhea, { type Message } from "rhea";

/**
 * An AMQP message cut at its sections without being decoded, so that what a sender wrote reaches the receiver byte by byte. Header and
 * annotations belong to the broker and are written anew at each delivery.
 *
 * @see AMQP 1.0 part 3, "Message Format"
 */
export interface MessageSections {
  readonly header: Buffer;
  readonly messageAnnotations: Buffer;
  readonly properties: Buffer;
  readonly applicationProperties: Buffer;
  /** Body and footer. */
  readonly body: Buffer;
}

const EMPTY = Buffer.alloc(0);
const FIELDS: Readonly<Record<number, keyof MessageSections>> = {
  112: "header", // 0x70
  114: "messageAnnotations",
  115: "properties",
  116: "applicationProperties",
  117: "body",
  118: "body",
  119: "body",
  120: "body", // footer
};
const DELIVERY_ANNOTATIONS = 113;
const DATA = 117;

/** Cuts an encoded message. @throws {RangeError} when the bytes are no AMQP message */
export function cutSections(encoded: Buffer): MessageSections {
  const found: { -readonly [name in keyof MessageSections]: Buffer } = {
    header: EMPTY,
    messageAnnotations: EMPTY,
    properties: EMPTY,
    applicationProperties: EMPTY,
    body: EMPTY,
  };
  for (const { code, bytes } of walk(encoded)) {
    const field = FIELDS[code];
    if (field) found[field] = found[field].length === 0 ? bytes : Buffer.concat([found[field], bytes]);
    else if (code !== DELIVERY_ANNOTATIONS) throw new RangeError(`unknown message section 0x${code.toString(16)}`);
  }
  return found;
}

/** The messages of a batch (message format 0x80013700): each data section holds one encoded message. */
export function splitBatch(encoded: Buffer): readonly Buffer[] {
  const messages: Buffer[] = [];
  for (const { code, bytes, valueAt } of walk(encoded)) {
    if (code !== DATA) continue;
    const isShort = bytes[valueAt] === 0xa0;
    messages.push(bytes.subarray(valueAt + (isShort ? 2 : 5)));
  }
  return messages;
}

/** Decodes single sections with the library. */
export function decode(sections: Buffer): Message {
  return rhea.message.decode(sections) as unknown as Message;
}

/** Encodes what is given (header, annotations, application properties). */
export function encode(message: Readonly<Record<string, unknown>>): Buffer {
  // the library writes an empty body section for `undefined`; only sections with content are wanted here
  const encoded = rhea.message.encode({ ...message, body: undefined } as unknown as Message) as unknown as Buffer;
  const parts = [...walk(encoded)].filter(({ code }) => code < DATA).map(({ bytes }) => bytes);
  return Buffer.concat(parts);
}

function* walk(
  encoded: Buffer,
): Generator<{ readonly code: number; readonly bytes: Buffer; readonly valueAt: number }> {
  let start = 0;
  while (start < encoded.length) {
    if (encoded[start] !== 0) throw new RangeError("a message section must start with a descriptor");
    const { code, end: valueStart } = descriptor(encoded, start + 1);
    const end = skip(encoded, valueStart);
    if (end > encoded.length) throw new RangeError("message section is cut off");
    yield { code, bytes: encoded.subarray(start, end), valueAt: valueStart - start };
    start = end;
  }
}

function descriptor(encoded: Buffer, at: number): { readonly code: number; readonly end: number } {
  if (encoded[at] === 0x53) return { code: encoded.readUInt8(at + 1), end: at + 2 };
  if (encoded[at] === 0x80) return { code: Number(encoded.readBigUInt64BE(at + 1)), end: at + 9 };
  throw new RangeError("message sections are described by a ulong");
}

/** End of the value at `at`: the high half of a type code tells how wide it is (AMQP 1.0 part 1, "Encodings"). */
function skip(encoded: Buffer, at: number): number {
  const width = [0, 1, 2, 4, 8, 16];
  const kind = encoded.readUInt8(at) >>> 4;
  if (kind >= 0x4 && kind <= 0x9) return at + 1 + (width[kind - 4] ?? 0);
  if (kind === 0xa || kind === 0xc || kind === 0xe) return at + 2 + encoded.readUInt8(at + 1);
  if (kind === 0xb || kind === 0xd || kind === 0xf) return at + 5 + encoded.readUInt32BE(at + 1);
  throw new RangeError(`unknown type code 0x${encoded.readUInt8(at).toString(16)}`);
}
