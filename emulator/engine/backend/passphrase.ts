import { createCipheriv, createDecipheriv, pbkdf2, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { EngineError } from "../engineError.ts";

const ROUNDS = 1_000_000;
const KEY_BYTES = 32;
const SALT_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts and decrypts texts of one stack. */
export interface Crypter {
  /** `v1:base64(nonce):base64(data and tag)`. */
  encrypt(plaintext: string): string;
  decrypt(ciphertext: string): string;
}

/** Keys that were derived before, by salt and phrase: deriving takes 0.2 to 0.6 s. */
export type KeyCache = Map<string, Promise<Buffer>>;

/** Derives the key: PBKDF2 with HMAC-SHA256 and a million rounds (sdk/go/common/resource/config/crypt.go). */
function deriveKey(passphrase: string, salt: Buffer, cache: KeyCache): Promise<Buffer> {
  const name = `${salt.toString("base64")} ${passphrase}`;
  const known = cache.get(name);
  if (known) return known;
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  pbkdf2(passphrase, salt, ROUNDS, KEY_BYTES, "sha256", (error, key) => (error ? reject(error) : resolve(key)));
  cache.set(name, promise);
  return promise;
}

/** AES-256-GCM in Pulumi's text form. */
export class SymmetricCrypter implements Crypter {
  readonly #key: Buffer;

  constructor(key: Buffer) {
    this.#key = key;
  }

  encrypt(plaintext: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonce);
    const data = Buffer.concat([cipher.update(plaintext, "utf8"), cipher.final(), cipher.getAuthTag()]);
    return `v1:${nonce.toString("base64")}:${data.toString("base64")}`;
  }

  decrypt(ciphertext: string): string {
    const [version, nonce, data] = ciphertext.split(":");
    if (version !== "v1" || nonce === undefined || data === undefined)
      throw new EngineError("failed to decrypt: bad value (a ciphertext has the form v1:NONCE:DATA)");
    const bytes = Buffer.from(data, "base64");
    try {
      const decipher = createDecipheriv("aes-256-gcm", this.#key, Buffer.from(nonce, "base64"));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]).toString("utf8");
    } catch (error) {
      throw new EngineError(
        "failed to decrypt: a secret was damaged, or sealed with the passphrase or salt of another stack; set it again",
        undefined,
        { cause: error },
      );
    }
  }
}

/**
 * The passphrase from `PULUMI_CONFIG_PASSPHRASE`, else from the file in `PULUMI_CONFIG_PASSPHRASE_FILE`.
 *
 * @throws EngineError when neither is set
 */
export function readPassphrase(env: Readonly<Record<string, string | undefined>>): string {
  const phrase = env.PULUMI_CONFIG_PASSPHRASE;
  if (phrase !== undefined) return phrase;
  const file = env.PULUMI_CONFIG_PASSPHRASE_FILE;
  if (file !== undefined && file !== "") {
    try {
      return readFileSync(file, "utf8").trim();
    } catch (error) {
      throw new EngineError(`unable to read PULUMI_CONFIG_PASSPHRASE_FILE: ${String(error)}`, undefined, {
        cause: error,
      });
    }
  }
  throw new EngineError(
    'constructing secrets manager of type "passphrase": unable to find either `PULUMI_CONFIG_PASSPHRASE` or ' +
      "`PULUMI_CONFIG_PASSPHRASE_FILE` when trying to access the Passphrase Secrets Provider; please ensure one of these environment variables is set",
  );
}

/** Makes a fresh `encryptionsalt` text: the salt and the word `pulumi`, encrypted, by which a wrong phrase is found out. */
export async function createSalt(passphrase: string, cache: KeyCache): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const crypter = new SymmetricCrypter(await deriveKey(passphrase, salt, cache));
  return `v1:${salt.toString("base64")}:${crypter.encrypt("pulumi")}`;
}

/**
 * Opens a stack's crypter.
 *
 * @param saltText `encryptionsalt` of the config file or `state.salt` of the checkpoint
 * @throws EngineError `incorrect passphrase`
 */
export async function openCrypter(saltText: string, passphrase: string, cache: KeyCache): Promise<Crypter> {
  const [version, salt, ...check] = saltText.split(":");
  if (version !== "v1" || salt === undefined || check.length === 0) throw new EngineError("malformed state: bad salt");
  const crypter = new SymmetricCrypter(await deriveKey(passphrase, Buffer.from(salt, "base64"), cache));
  try {
    if (crypter.decrypt(check.join(":")) === "pulumi") return crypter;
  } catch {
    // A wrong key fails the authentication tag; told below in the CLI's words.
  }
  throw new EngineError("incorrect passphrase");
}
