import {
  isObject,
  makeSecret,
  type PropertyMap,
  SECRET,
  SIGNATURE,
  stripSecrets,
  unwrap,
  type Value,
} from "../deploy/values.ts";
import type { Crypter } from "./passphrase.ts";

/**
 * Secret envelopes between memory (`value`) and disk (`ciphertext` of the value's JSON). What was read keeps its
 * ciphertext when it is written unchanged, so that two writes of the same state are the same bytes.
 */
export class Sealer {
  readonly #sealing: () => Promise<Crypter>;
  readonly #opening: () => () => Promise<Crypter>;
  readonly #known = new Map<string, string>();

  /**
   * Both are opened at the first secret only: deriving the key is slow.
   *
   * @param sealing for what is written
   * @param opening chooses at the first secret what opens it, when that may have been sealed under another salt
   */
  constructor(sealing: () => Promise<Crypter>, opening: () => () => Promise<Crypter> = () => sealing) {
    this.#sealing = sealing;
    this.#opening = opening;
  }

  /** Disk to memory. Also takes `plaintext` (exports with `--show-secrets`). */
  async open<T>(document: T): Promise<T> {
    const opening = hasKey(document, "ciphertext") ? this.#opening() : undefined;
    const crypter = await opening?.();
    return rewrite(document, (secret) => {
      const plaintext = secret.plaintext;
      if (typeof plaintext === "string") return makeSecret(JSON.parse(plaintext));
      const ciphertext = secret.ciphertext;
      if (typeof ciphertext !== "string" || !crypter) return makeSecret(secret.value ?? null);
      const text = crypter.decrypt(ciphertext);
      if (opening === this.#sealing) this.#known.set(text, ciphertext);
      return makeSecret(JSON.parse(text));
    });
  }

  /** Memory to disk. */
  async seal<T>(document: T): Promise<T> {
    if (!hasKey(document, SIGNATURE)) return document;
    const crypter = hasKey(document, "value") ? await this.#sealing() : undefined;
    return rewrite(document, (secret) => {
      const text = JSON.stringify(stripSecrets(unwrap(secret)));
      let ciphertext = this.#known.get(text);
      if (ciphertext === undefined && crypter) {
        ciphertext = crypter.encrypt(text);
        this.#known.set(text, ciphertext);
      }
      return { [SIGNATURE]: SECRET, ciphertext: ciphertext ?? "" };
    });
  }
}

/** Memory to an export with `--show-secrets`. */
export function exposeSecrets<T>(document: T): T {
  return rewrite(document, (secret) => ({
    [SIGNATURE]: SECRET,
    plaintext: JSON.stringify(stripSecrets(unwrap(secret))),
  }));
}

/** Rebuilds any JSON document, replacing each secret envelope. */
function rewrite<T>(document: T, replace: (secret: PropertyMap) => Value): T {
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (!isObject(value as Value)) return value;
    const object = value as PropertyMap;
    if (object[SIGNATURE] === SECRET) return replace(object);
    return Object.fromEntries(Object.entries(object).map(([key, inner]) => [key, walk(inner)]));
  };
  return walk(document) as T;
}

/** True when a secret envelope with this key stands anywhere inside (`SIGNATURE` asks for any secret). */
function hasKey(value: unknown, key: string): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (SIGNATURE in value && (value as PropertyMap)[SIGNATURE] === SECRET) return key in value;
  for (const inner of Object.values(value)) if (hasKey(inner, key)) return true;
  return false;
}
