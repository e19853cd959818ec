import { crc32, deflateRawSync } from "node:zlib";
import { type FileSet, sorted } from "./fileSet.ts";

const DEFLATED = 8;
const UTF8 = 0x0800;
/** 1980-01-01, the first day that the format knows: equal files give equal bytes. */
const DATE = 0x21;
const MADE_BY_UNIX = 3 << 8;

/** Writes a zip archive (PKWARE APPNOTE 6.3, without zip64: apps are far below 4 GiB). */
export function writeZip(files: FileSet): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [path, file] of sorted(files)) {
    const name = Buffer.from(path);
    const packed = deflateRawSync(file.content);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0); // version 2.0 can unpack it
    common.writeUInt16LE(UTF8, 2);
    common.writeUInt16LE(DEFLATED, 4);
    common.writeUInt16LE(0, 6);
    common.writeUInt16LE(DATE, 8);
    common.writeUInt32LE(crc32(file.content), 10);
    common.writeUInt32LE(packed.byteLength, 14);
    common.writeUInt32LE(file.content.byteLength, 18);
    common.writeUInt16LE(name.byteLength, 22);
    parts.push(signature(0x04034b50), common, name, packed);

    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(((0o100000 | (file.executable ? 0o755 : 0o644)) << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    const madeBy = Buffer.alloc(2);
    madeBy.writeUInt16LE(MADE_BY_UNIX | 20);
    directory.push(signature(0x02014b50), madeBy, common, tail, name);
    offset += 30 + name.byteLength + packed.byteLength;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.size, 4);
  end.writeUInt16LE(files.size, 6);
  end.writeUInt32LE(index.byteLength, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, index, signature(0x06054b50), end]);
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
