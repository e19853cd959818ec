import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type JsonWebKey,
  privateDecrypt,
  privateEncrypt,
  publicDecrypt,
  publicEncrypt,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";
import { promisify } from "node:util";
import { type CurveName, signDigest, verifyDigest } from "./ellipticCurve.ts";
import { VaultError } from "./errors.ts";

const generate = promisify(generateKeyPair);

/** Names of the curves in OpenSSL. */
const CURVES: Readonly<Record<CurveName, string>> = {
  "P-256": "prime256v1",
  "P-256K": "secp256k1",
  "P-384": "secp384r1",
  "P-521": "secp521r1",
};
const RSA_SIZES = [2048, 3072, 4096];

/** Curve and digest length in bytes that belong to each algorithm of elliptic curves. */
const ECDSA: Readonly<Record<string, { readonly curve: CurveName; readonly bytes: number }>> = {
  ES256: { curve: "P-256", bytes: 32 },
  ES256K: { curve: "P-256K", bytes: 32 },
  ES384: { curve: "P-384", bytes: 48 },
  ES512: { curve: "P-521", bytes: 64 },
};
const HASHES: Readonly<Record<string, { readonly name: string; readonly bytes: number; readonly prefix: string }>> = {
  // prefix: the DigestInfo of RFC 8017, section 9.2, note 1
  "256": { name: "sha256", bytes: 32, prefix: "3031300d060960864801650304020105000420" },
  "384": { name: "sha384", bytes: 48, prefix: "3041300d060960864801650304020205000430" },
  "512": { name: "sha512", bytes: 64, prefix: "3051300d060960864801650304020305000440" },
};

/** What a key is made from. */
export interface KeyParameters {
  readonly kty: string;
  readonly size?: number;
  readonly curve?: string;
}

/** Makes a private key. @throws {VaultError} 400 for a type, size or curve that vaults do not have */
export async function makeKey({ kty, size = 2048, curve = "P-256" }: KeyParameters): Promise<JsonWebKey> {
  const type = kty.replace(/-HSM$/, "");
  if (type === "RSA") {
    if (!RSA_SIZES.includes(size)) throw new VaultError("badParameter", { reason: `Invalid RSA key size ${size}` });
    return (await generate("rsa", { modulusLength: size })).privateKey.export({ format: "jwk" });
  }
  if (type !== "EC") throw new VaultError("badParameter", { reason: `Invalid kty value ${kty}` });
  const namedCurve = CURVES[curve as CurveName];
  if (!namedCurve) throw new VaultError("badParameter", { reason: `Invalid crv value ${curve}` });
  const jwk = (await generate("ec", { namedCurve })).privateKey.export({ format: "jwk" });
  return { ...jwk, crv: curve };
}

/** Encrypts with an RSA key; wrapping a key is the same. */
export function encrypt(jwk: JsonWebKey, algorithm: string, value: Buffer): Buffer {
  return attempt(() => publicEncrypt({ key: publicKey(jwk), ...padding(jwk, algorithm) }, value));
}

export function decrypt(jwk: JsonWebKey, algorithm: string, value: Buffer): Buffer {
  return attempt(() => privateDecrypt({ key: privateKey(jwk), ...padding(jwk, algorithm) }, value));
}

/** Signs a digest that the client made. @throws {VaultError} 400 when algorithm, key and digest do not fit */
export function sign(jwk: JsonWebKey, algorithm: string, digest: Buffer): Buffer {
  const curve = ECDSA[algorithm];
  if (curve) {
    requireFit(jwk.crv === curve.curve && digest.length === curve.bytes, algorithm);
    return signDigest(curve.curve, bytes(jwk.d), digest);
  }
  const hash = rsaHash(jwk, algorithm, digest);
  if (algorithm.startsWith("RS")) {
    const info = Buffer.concat([Buffer.from(hash.prefix, "hex"), digest]);
    return privateEncrypt({ key: privateKey(jwk), padding: constants.RSA_PKCS1_PADDING }, info);
  }
  const encoded = encodePss(digest, hash.name, modulusBits(jwk) - 1);
  return privateEncrypt({ key: privateKey(jwk), padding: constants.RSA_NO_PADDING }, whole(encoded, jwk));
}

export function verify(jwk: JsonWebKey, algorithm: string, digest: Buffer, signature: Buffer): boolean {
  const curve = ECDSA[algorithm];
  if (curve) {
    requireFit(jwk.crv === curve.curve && digest.length === curve.bytes, algorithm);
    return verifyDigest(curve.curve, { x: bytes(jwk.x), y: bytes(jwk.y) }, digest, signature);
  }
  const hash = rsaHash(jwk, algorithm, digest);
  try {
    if (algorithm.startsWith("RS")) {
      const info = publicDecrypt({ key: publicKey(jwk), padding: constants.RSA_PKCS1_PADDING }, signature);
      return info.equals(Buffer.concat([Buffer.from(hash.prefix, "hex"), digest]));
    }
    const encoded = publicDecrypt({ key: publicKey(jwk), padding: constants.RSA_NO_PADDING }, signature);
    const length = Math.ceil((modulusBits(jwk) - 1) / 8);
    return isPss(encoded.subarray(encoded.length - length), digest, hash.name, modulusBits(jwk) - 1);
  } catch {
    return false; // not a number below the modulus, or no padding: no signature of this key
  }
}

function padding(jwk: JsonWebKey, algorithm: string) {
  requireFit(jwk.kty === "RSA", algorithm);
  if (algorithm === "RSA-OAEP") return { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha1" };
  if (algorithm === "RSA-OAEP-256") return { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" };
  if (algorithm === "RSA1_5") return { padding: constants.RSA_PKCS1_PADDING };
  throw new VaultError("notSupported", { reason: `The algorithm ${algorithm} is not supported` });
}

function rsaHash(jwk: JsonWebKey, algorithm: string, digest: Buffer) {
  const hash = HASHES[/^[RP]S(256|384|512)$/.exec(algorithm)?.[1] ?? ""];
  if (!hash) throw new VaultError("notSupported", { reason: `The algorithm ${algorithm} is not supported` });
  requireFit(jwk.kty === "RSA" && digest.length === hash.bytes, algorithm);
  return hash;
}

function requireFit(fits: boolean, algorithm: string): void {
  if (!fits) throw new VaultError("badParameter", { reason: `Key and value do not fit the algorithm ${algorithm}` });
}

function attempt(work: () => Buffer): Buffer {
  try {
    return work();
  } catch (error) {
    throw new VaultError("badParameter", { reason: `The parameter is incorrect: ${(error as Error).message}` });
  }
}

/** RFC 8017, section 9.1.1, with a salt as long as the hash. */
function encodePss(digest: Buffer, hash: string, bits: number, salt = randomBytes(digest.length)): Buffer {
  const length = Math.ceil(bits / 8);
  const h = createHash(hash).update(Buffer.alloc(8)).update(digest).update(salt).digest();
  const block = Buffer.concat([Buffer.alloc(length - salt.length - h.length - 2), Buffer.of(1), salt]);
  const mask = mgf1(h, block.length, hash);
  const masked = Buffer.from(block.map((byte, index) => byte ^ (mask[index] ?? 0)));
  masked[0] = (masked[0] ?? 0) & (0xff >> (8 * length - bits));
  return Buffer.concat([masked, h, Buffer.of(0xbc)]);
}

/** Takes the salt out of the encoding and makes the encoding anew from it. */
function isPss(encoded: Buffer, digest: Buffer, hash: string, bits: number): boolean {
  const h = encoded.subarray(encoded.length - digest.length - 1, -1);
  const masked = encoded.subarray(0, encoded.length - digest.length - 1);
  const mask = mgf1(h, masked.length, hash);
  const block = Buffer.from(masked.map((byte, index) => byte ^ (mask[index] ?? 0)));
  const salt = block.subarray(block.length - digest.length);
  return timingSafeEqual(encodePss(digest, hash, bits, salt), encoded);
}

function mgf1(seed: Buffer, length: number, hash: string): Buffer {
  const parts: Buffer[] = [];
  for (let counter = 0, made = 0; made < length; counter++) {
    const index = Buffer.alloc(4);
    index.writeUInt32BE(counter);
    const part = createHash(hash).update(seed).update(index).digest();
    parts.push(part);
    made += part.length;
  }
  return Buffer.concat(parts).subarray(0, length);
}

function modulusBits(jwk: JsonWebKey): number {
  const modulus = bytes(jwk.n);
  return modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24;
}

function whole(encoded: Buffer, jwk: JsonWebKey): Buffer {
  return Buffer.concat([Buffer.alloc(bytes(jwk.n).length - encoded.length), encoded]);
}

function privateKey(jwk: JsonWebKey) {
  return createPrivateKey({ key: forNode(jwk), format: "jwk" });
}

function publicKey(jwk: JsonWebKey) {
  return createPublicKey({ key: forNode(jwk), format: "jwk" });
}

/** Node knows P-256K by its other name. */
function forNode(jwk: JsonWebKey): JsonWebKey {
  return jwk.crv === "P-256K" ? { ...jwk, crv: "secp256k1" } : jwk;
}

function bytes(text: string | undefined): Buffer {
  return Buffer.from(text ?? "", "base64url");
}
