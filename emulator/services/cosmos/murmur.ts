const MASK = (1n << 64n) - 1n;
const C1 = 0x87c37b91114253d5n;
const C2 = 0x4cf5ad432745937fn;

/**
 * MurmurHash3 x64 128 with seed 0 (Austin Appleby, public domain), as 16 bytes with each half in little-endian order.
 * Cosmos DB clients hash partition keys with it, and both sides must agree on the range that a key falls into.
 */
export function murmur128(bytes: Buffer): Buffer {
  let h1 = 0n;
  let h2 = 0n;
  const whole = bytes.length - (bytes.length % 16);
  for (let offset = 0; offset < whole; offset += 16) {
    h1 ^= mix(bytes.readBigUInt64LE(offset), C1, 31n, C2);
    h1 = (rotate(h1, 27n) + h2) & MASK;
    h1 = (h1 * 5n + 0x52dce729n) & MASK;
    h2 ^= mix(bytes.readBigUInt64LE(offset + 8), C2, 33n, C1);
    h2 = (rotate(h2, 31n) + h1) & MASK;
    h2 = (h2 * 5n + 0x38495ab5n) & MASK;
  }
  const tail = Buffer.alloc(16);
  bytes.copy(tail, 0, whole);
  h2 ^= mix(tail.readBigUInt64LE(8), C2, 33n, C1);
  h1 ^= mix(tail.readBigUInt64LE(0), C1, 31n, C2);
  const length = BigInt(bytes.length);
  h1 = ((h1 ^ length) + (h2 ^ length)) & MASK;
  h2 = ((h2 ^ length) + h1) & MASK;
  h1 = finish(h1);
  h2 = finish(h2);
  h1 = (h1 + h2) & MASK;
  h2 = (h2 + h1) & MASK;
  const result = Buffer.alloc(16);
  result.writeBigUInt64LE(h1, 0);
  result.writeBigUInt64LE(h2, 8);
  return result;
}

function mix(block: bigint, first: bigint, turn: bigint, second: bigint): bigint {
  return (rotate((block * first) & MASK, turn) * second) & MASK;
}

function rotate(value: bigint, bits: bigint): bigint {
  return ((value << bits) | (value >> (64n - bits))) & MASK;
}

function finish(value: bigint): bigint {
  let hash = value ^ (value >> 33n);
  hash = (hash * 0xff51afd7ed558ccdn) & MASK;
  hash ^= hash >> 33n;
  hash = (hash * 0xc4ceb9fe1a85ec53n) & MASK;
  return hash ^ (hash >> 33n);
}
