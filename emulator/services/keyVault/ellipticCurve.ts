import { randomBytes } from "node:crypto";

/** Curve y² = x³ + ax + b over p, base point (x, y) of order n (SEC 2 version 2.0; FIPS 186-4). */
interface Curve {
  readonly p: bigint;
  readonly a: bigint;
  readonly n: bigint;
  readonly g: Point;
  readonly bytes: number;
}

interface Point {
  readonly x: bigint;
  readonly y: bigint;
}

export type CurveName = "P-256" | "P-256K" | "P-384" | "P-521";

const big = (hex: string): bigint => BigInt(`0x${hex.replaceAll(" ", "")}`);
const P256 = big("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
const P384 = big("fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff");
const P521 = 2n ** 521n - 1n;

const CURVES: Readonly<Record<CurveName, Curve>> = {
  "P-256": {
    p: P256,
    a: P256 - 3n,
    n: big("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
    g: {
      x: big("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"),
      y: big("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"),
    },
    bytes: 32,
  },
  "P-256K": {
    p: big("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f"),
    a: 0n,
    n: big("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"),
    g: {
      x: big("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"),
      y: big("483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"),
    },
    bytes: 32,
  },
  "P-384": {
    p: P384,
    a: P384 - 3n,
    n: big("ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"),
    g: {
      x: big("aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7"),
      y: big("3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f"),
    },
    bytes: 48,
  },
  "P-521": {
    p: P521,
    a: P521 - 3n,
    n: big(
      "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa 51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
    ),
    g: {
      x: big(
        "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dba a14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66",
      ),
      y: big(
        "011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c 97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650",
      ),
    },
    bytes: 66,
  },
};

/**
 * ECDSA over a digest that is there already, which node:crypto does not offer (it hashes itself).
 * Not constant in time: for a stand-in, never for keys that protect something.
 *
 * @returns r and s, each as long as the curve's order
 */
export function signDigest(name: CurveName, privateKey: Buffer, digest: Buffer): Buffer {
  const curve = CURVES[name];
  const { n, bytes } = curve;
  const z = truncate(digest, n);
  for (;;) {
    const k = mod(fromBytes(randomBytes(bytes + 8)), n - 1n) + 1n;
    const r = mod(multiply(curve, k, curve.g)?.x ?? 0n, n);
    const s = mod(inverse(k, n) * (z + r * fromBytes(privateKey)), n);
    if (r !== 0n && s !== 0n) return Buffer.concat([toBytes(r, bytes), toBytes(s, bytes)]);
  }
}

/** True when the signature is of this digest under the public key (x, y). */
export function verifyDigest(
  name: CurveName,
  publicKey: { readonly x: Buffer; readonly y: Buffer },
  digest: Buffer,
  signature: Buffer,
): boolean {
  const curve = CURVES[name];
  const { n, bytes, g } = curve;
  if (signature.length !== bytes * 2) return false;
  const [r, s] = [fromBytes(signature.subarray(0, bytes)), fromBytes(signature.subarray(bytes))];
  if (r <= 0n || r >= n || s <= 0n || s >= n) return false;
  const w = inverse(s, n);
  const point = { x: fromBytes(publicKey.x), y: fromBytes(publicKey.y) };
  const sum = add(curve, multiply(curve, mod(truncate(digest, n) * w, n), g), multiply(curve, mod(r * w, n), point));
  return sum !== undefined && mod(sum.x, n) === r;
}

/** The leftmost bits of the digest, as many as the order has. */
function truncate(digest: Buffer, n: bigint): bigint {
  const excess = digest.length * 8 - n.toString(2).length;
  const value = fromBytes(digest);
  return excess > 0 ? value >> BigInt(excess) : value;
}

/** Undefined is the point at infinity. */
function add({ p, a }: Curve, one: Point | undefined, other: Point | undefined): Point | undefined {
  if (!one || !other) return one ?? other;
  if (one.x === other.x && mod(one.y + other.y, p) === 0n) return undefined;
  const slope =
    one.x === other.x
      ? mod((3n * one.x * one.x + a) * inverse(2n * one.y, p), p)
      : mod((other.y - one.y) * inverse(other.x - one.x, p), p);
  const x = mod(slope * slope - one.x - other.x, p);
  return { x, y: mod(slope * (one.x - x) - one.y, p) };
}

function multiply(curve: Curve, factor: bigint, point: Point): Point | undefined {
  let result: Point | undefined;
  let power: Point | undefined = point;
  for (let rest = factor; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = add(curve, result, power);
    power = add(curve, power, power);
  }
  return result;
}

/** By the extended algorithm of Euclid. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [r0, r1] = [modulus, mod(value, modulus)];
  let [t0, t1] = [0n, 1n];
  while (r1 > 0n) {
    const quotient = r0 / r1;
    [r0, r1] = [r1, r0 - quotient * r1];
    [t0, t1] = [t1, t0 - quotient * t1];
  }
  return mod(t0, modulus);
}

function mod(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
}

function fromBytes(bytes: Buffer): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${bytes.toString("hex")}`);
}

function toBytes(value: bigint, length: number): Buffer {
  return Buffer.from(value.toString(16).padStart(length * 2, "0"), "hex");
}
