import { randomBytes } from "node:crypto";

/** A new lock token: 16 random bytes as a version 4 UUID, in the order that `$management` uses. */
export function newLockToken(): Buffer {
  const token = randomBytes(16);
  token.writeUInt8((token.readUInt8(6) & 0x0f) | 0x40, 6);
  token.writeUInt8((token.readUInt8(8) & 0x3f) | 0x80, 8);
  return token;
}

/** Delivery tags carry the token as a .NET Guid: its first three groups little-endian. The same step leads back. */
export function swapGuid(token: Buffer): Buffer {
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  return Buffer.from(order.map((index) => token[index] ?? 0));
}
