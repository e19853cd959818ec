import { crc32, deflateRawSync } from "node:zlib";

/** One entry as it is written, honest or not. */
export interface RawEntry {
  readonly name: string | Buffer;
  readonly content?: string | Buffer;
  /** Bits of the Unix mode, with the type. @default a plain file, 644 */
  readonly mode?: number;
  /** What the directory says instead of the truth. */
  readonly claims?: {
    readonly bytes?: number;
    readonly crc?: number;
    readonly flags?: number;
    readonly method?: number;
  };
  /** Name in the local header. */
  readonly localName?: string;
  /** Shares the data of the entry with this index. */
  readonly sameAs?: number;
}

/** Writes a zip byte by byte, so that a test can say what is wrong with it. */
export function rawZip(entries: readonly RawEntry[]): Buffer {
  const parts: Buffer[] = [];
  const offsets: number[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const entry of entries) {
    const content = Buffer.from(entry.content ?? "");
    const name = Buffer.from(entry.name as string);
    const { flags = 0x0800, method = 8, bytes = content.length, crc = crc32(content) } = entry.claims ?? {};
    const packed = deflateRawSync(content);
    const fixed = (nameBytes: number) => {
      const block = Buffer.alloc(26);
      for (const [value, place] of [
        [20, 0],
        [flags, 2],
        [method, 4],
        [nameBytes, 22],
      ] as const)
        block.writeUInt16LE(value, place);
      for (const [value, place] of [
        [crc, 10],
        [packed.length, 14],
        [bytes, 18],
      ] as const)
        block.writeUInt32LE(value, place);
      return block;
    };
    const local = Buffer.from(entry.localName ?? name);
    offsets.push(entry.sameAs === undefined ? at : (offsets[entry.sameAs] ?? 0));
    if (entry.sameAs === undefined) {
      parts.push(word(0x04034b50), fixed(local.length), local, packed);
      at += 30 + local.length + packed.length;
    }
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(((entry.mode ?? 0o100644) * 0x10000) >>> 0, 6);
    tail.writeUInt32LE(offsets.at(-1) ?? 0, 10);
    directory.push(word(0x02014b50), Buffer.from([20, 3]), fixed(name.length), tail, name);
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(Math.min(entries.length, 0xffff), 4);
  end.writeUInt16LE(Math.min(entries.length, 0xffff), 6);
  end.writeUInt32LE(index.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...parts, index, word(0x06054b50), end]);
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
