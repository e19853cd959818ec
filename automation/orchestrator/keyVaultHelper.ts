import type { TokenCredential } from "@azure/identity";
import { SecretClient } from "@azure/keyvault-secrets";
import { httpStatus } from "../errors.ts";
import type { Redactor } from "../redact.ts";

const CACHE_MS = 5 * 60_000;

/** The only door to secrets: what it reads is known to the redactor before anybody sees it, and kept for five minutes. */
export class KeyVaultHelper {
  readonly #client: SecretClient;
  readonly #redactor: Redactor;
  readonly #now: () => number;
  readonly #cache = new Map<string, { readonly value: string | undefined; readonly readAt: number }>();

  constructor(vaultUri: string, credential: TokenCredential, redactor: Redactor, now: () => number = Date.now) {
    // The resource named in a local vault's challenge does not match the address localhost:<port>.
    const disableChallengeResourceVerification = new URL(vaultUri).hostname === "localhost";
    this.#client = new SecretClient(vaultUri, credential, { disableChallengeResourceVerification });
    this.#redactor = redactor;
    this.#now = now;
  }

  /** @returns nothing when there is no such secret; the cached value while the vault cannot be reached */
  async secret(name: string): Promise<string | undefined> {
    const cached = this.#cache.get(name);
    if (cached && this.#now() - cached.readAt < CACHE_MS) return cached.value;
    try {
      const { value } = await this.#client.getSecret(name);
      this.#redactor.add(value);
      this.#cache.set(name, { value, readAt: this.#now() });
      return value;
    } catch (error) {
      if (httpStatus(error) === 404) {
        this.#cache.set(name, { value: undefined, readAt: this.#now() });
        return undefined;
      }
      if (cached) return cached.value;
      throw error;
    }
  }
}
