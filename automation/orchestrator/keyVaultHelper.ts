import { createHash, hkdfSync } from "node:crypto";
import type { TokenCredential } from "@azure/identity";
import { CryptographyClient, KeyClient } from "@azure/keyvault-keys";
import { SecretClient } from "@azure/keyvault-secrets";
import { type Limited, Patience } from "../azure/within.ts";
import { httpStatus, isBrokenOff } from "../clientErrors.ts";
import type { KeyWrapper } from "../keys/keyStore.ts";
import type { Redactor } from "../redact.ts";

const CACHE_MS = 5 * 60_000;

/** Whoever waits is told within seconds; throttling is waited out once. */
const RETRIES = { maxRetries: 2, retryDelayInMs: 100, maxRetryDelayInMs: 1_000 };

/** Of a call whose answer broke off. */
const BROKEN_TRIES = 3;

/** RSA-OAEP with SHA-256: what a software or HSM key of RSA wraps with. */
const WRAPPING = "RSA-OAEP-256";
/** PKCS #1 v1.5: the same text has the same signature, so what is derived from it is the same in every process. */
const SIGNING = "RS256";
const MAC_PURPOSE = "devfactory: authenticates data keys, 1";

/** The only door to the vault: a secret that it reads is known to the redactor before anybody sees it, and kept for five minutes. */
export class KeyVaultHelper {
  readonly #client: SecretClient;
  readonly #keys: KeyClient;
  readonly #cryptography: (keyId: string) => CryptographyClient;
  readonly #redactor: Redactor;
  readonly #now: () => number;
  #isDegraded = false;
  readonly #patience = new Patience("Key Vault");
  /** Asks once more when an answer broke off: the client does so only for answers that never began. Nothing here changes the vault. */
  readonly #ask = async <T>(call: (limited: Limited) => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#patience.call(call);
      } catch (error) {
        if (attempt === BROKEN_TRIES || !isBrokenOff(error)) throw error;
      }
    }
  };
  readonly #cache = new Map<string, { readonly value: string | undefined; readonly readAt: number }>();

  constructor(vaultUri: string, credential: TokenCredential, redactor: Redactor, now: () => number = Date.now) {
    // The resource named in a local vault's challenge does not match the address localhost:<port>.
    const disableChallengeResourceVerification = new URL(vaultUri).hostname === "localhost";
    const options = { disableChallengeResourceVerification, retryOptions: RETRIES };
    this.#client = new SecretClient(vaultUri, credential, options);
    this.#keys = new KeyClient(vaultUri, credential, options);
    this.#cryptography = (id) => new CryptographyClient(id, credential, options);
    this.#redactor = redactor;
    this.#now = now;
  }

  /** @returns nothing when there is no such secret; the cached value while the vault cannot be reached */
  async secret(name: string): Promise<string | undefined> {
    const cached = this.#cache.get(name);
    if (cached && this.#now() - cached.readAt < CACHE_MS) return cached.value;
    try {
      const { value } = await this.#ask((limited) => this.#client.getSecret(name, limited));
      this.#redactor.add(value);
      this.#cache.set(name, { value, readAt: this.#now() });
      this.#isDegraded = false;
      return value;
    } catch (error) {
      if (httpStatus(error) === 404) {
        this.#cache.set(name, { value: undefined, readAt: this.#now() });
        return undefined;
      }
      this.#isDegraded = true;
      if (cached) return cached.value;
      throw error;
    }
  }

  /** A setting as it is now: no secret, so logs may show it, and nothing is kept. @returns nothing when there is none */
  async setting(name: string): Promise<string | undefined> {
    try {
      const { value } = await this.#ask((limited) => this.#client.getSecret(name, limited));
      this.#isDegraded = false;
      return value;
    } catch (error) {
      if (httpStatus(error) === 404) return undefined;
      throw error;
    }
  }

  /** Whether the vault did not answer the last question about a secret: what was read before counts. */
  get isDegraded(): boolean {
    return this.#isDegraded;
  }

  /** Asks the vault for a key, past all that is kept. Throws when it cannot be reached. */
  async check(keyName: string): Promise<void> {
    await this.#keys.getKey(keyName);
  }

  /** Wraps data keys under a key of the vault; its newest version is looked up every five minutes. */
  wrapper(keyName: string): KeyWrapper {
    let newest: { readonly id: string; readonly readAt: number } | undefined;
    const current = async (): Promise<string> => {
      if (newest && this.#now() - newest.readAt < CACHE_MS) return newest.id;
      const { id } = await this.#ask((limited) => this.#keys.getKey(keyName, limited));
      if (id === undefined) throw new Error(`${keyName} has no id`);
      newest = { id, readAt: this.#now() };
      return id;
    };
    const macKeys = new Map<string, Buffer>();
    return {
      current,
      macKey: async (kekId) => {
        const known = macKeys.get(kekId);
        if (known) return known;
        const digest = createHash("sha256").update(MAC_PURPOSE).digest();
        const { result } = await this.#ask((limited) => this.#cryptography(kekId).sign(SIGNING, digest, limited));
        const key = Buffer.from(hkdfSync("sha256", result, "", MAC_PURPOSE, 32));
        macKeys.set(kekId, key);
        return key;
      },
      wrap: async (dataKey) => {
        const kekId = await current();
        const key = this.#cryptography(kekId);
        const { result } = await this.#ask((limited) => key.wrapKey(WRAPPING, dataKey, limited));
        return { wrapped: Buffer.from(result), kekId };
      },
      unwrap: async (wrapped, kekId) => {
        const key = this.#cryptography(kekId);
        const { result } = await this.#ask((limited) => key.unwrapKey(WRAPPING, wrapped, limited));
        return Buffer.from(result);
      },
    };
  }
}
