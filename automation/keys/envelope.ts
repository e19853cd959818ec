import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

const ALGORITHM = "aes-256-gcm";
const NONCE_BYTES = 12;
/** Bytes of a data key. */
export const DATA_KEY_BYTES = 32;

/** A value as it is stored: AES-256-GCM under the tenant's data key, all parts in base64. */
export interface Sealed {
  readonly alg: "A256GCM";
  readonly nonce: string;
  readonly ciphertext: string;
  readonly tag: string;
}

/** What a sealed value belongs to. It is authenticated with the value, so a row that is moved elsewhere does not open. */
export interface Belonging {
  readonly tenantId: string;
  readonly name: string;
  readonly version: number;
}

/** Encrypts with a fresh random nonce. */
export function seal(dataKey: Buffer, value: string, belonging: Belonging): Sealed {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, dataKey, nonce).setAAD(additional(belonging));
  const ciphertext = Buffer.concat([cipher.update(value, "utf8"), cipher.final()]);
  return {
    alg: "A256GCM",
    nonce: nonce.toString("base64"),
    ciphertext: ciphertext.toString("base64"),
    tag: cipher.getAuthTag().toString("base64"),
  };
}

/** @throws {Error} when key, belonging or any byte is not the one it was sealed with */
export function open(dataKey: Buffer, sealed: Sealed, belonging: Belonging): string {
  const decipher = createDecipheriv(ALGORITHM, dataKey, Buffer.from(sealed.nonce, "base64"), { authTagLength: 16 })
    .setAAD(additional(belonging))
    .setAuthTag(Buffer.from(sealed.tag, "base64"));
  return decipher.update(sealed.ciphertext, "base64", "utf8") + decipher.final("utf8");
}

/** Authenticates a wrapped data key, its tenant and the vault's key; in base64. */
export function macOf(
  macKey: Buffer,
  { tenantId, wrapped, kekId }: { readonly tenantId: string; readonly wrapped: string; readonly kekId: string },
): string {
  return createHmac("sha256", macKey)
    .update(JSON.stringify([tenantId, wrapped, kekId]))
    .digest("base64");
}

/** In constant time. */
export function sameMac(a: string, b: string): boolean {
  const [first, second] = [Buffer.from(a, "base64"), Buffer.from(b, "base64")];
  return first.length === second.length && timingSafeEqual(first, second);
}

/** No part can be read as another's end: each stands in quotes. */
function additional({ tenantId, name, version }: Belonging): Buffer {
  return Buffer.from(JSON.stringify([tenantId, name, version]));
}
