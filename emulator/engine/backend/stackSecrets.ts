import { EngineError } from "../engineError.ts";
import type { Deployment, SecretsProvider } from "./checkpoint.ts";
import { type Crypter, createSalt, type KeyCache, openCrypter, readPassphrase } from "./passphrase.ts";
import type { StackConfigFile } from "./stackConfig.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The secrets of one stack: which salt counts, and its crypter, opened at the first use. */
export class StackSecrets {
  readonly #env: Environment;
  readonly #keys: KeyCache;
  readonly #readFile: () => StackConfigFile;
  readonly #state: () => Deployment | undefined;
  #opened: Promise<Crypter> | undefined;

  /** Both are looked at when a salt is wanted: the stack's config file, and its state. */
  constructor(env: Environment, keys: KeyCache, file: () => StackConfigFile, state: () => Deployment | undefined) {
    this.#env = env;
    this.#keys = keys;
    this.#readFile = file;
    this.#state = state;
  }

  /** For the checkpoint; `undefined` as long as the stack has no salt. */
  get provider(): SecretsProvider | undefined {
    const salt = this.#salt;
    return salt ? { type: "passphrase", state: { salt } } : undefined;
  }

  /** The crypter of config and state. Makes a salt, and saves it in the config file, when there is none. */
  readonly crypter = (): Promise<Crypter> => {
    this.#opened ??= this.#open();
    return this.#opened;
  };

  /** The crypter of the state as it was read; the same as `crypter` unless the config file has another salt. */
  get stateCrypter(): () => Promise<Crypter> {
    const salt = this.#stateSalt;
    if (!salt || salt === this.#salt) return this.crypter;
    return () => openStateCrypter(salt, this.#env, this.#keys);
  }

  /**
   * Takes another passphrase: a new salt, which the config file names from its next `save` on.
   *
   * @returns the crypter for everything that is sealed again
   */
  async renew(passphrase: string): Promise<Crypter> {
    const salt = await createSalt(passphrase, this.#keys);
    const crypter = await openCrypter(salt, passphrase, this.#keys);
    this.#file.salt = salt;
    this.#opened = Promise.resolve(crypter);
    return crypter;
  }

  /** Makes sure that the stack has a salt, so that what is written next can name it. */
  async ensureSalt(): Promise<void> {
    if (!this.#salt) await this.crypter();
    else if (!this.#file.salt) this.#saveSalt(this.#salt);
  }

  get #file(): StackConfigFile {
    return this.#readFile();
  }

  get #salt(): string | undefined {
    const provider = this.#file.secretsProvider ?? "passphrase";
    if (provider !== "passphrase" && provider !== "default") throw unavailable(provider, this.#file.path);
    return this.#file.salt ?? this.#stateSalt;
  }

  get #stateSalt(): string | undefined {
    const provider = this.#state()?.secrets_providers;
    if (provider && provider.type !== "passphrase") throw unavailable(provider.type, "the state");
    return provider?.state?.salt;
  }

  async #open(): Promise<Crypter> {
    const passphrase = readPassphrase(this.#env);
    const salt = this.#salt ?? (await createSalt(passphrase, this.#keys));
    const crypter = await openCrypter(salt, passphrase, this.#keys);
    if (!this.#file.salt) this.#saveSalt(salt);
    return crypter;
  }

  #saveSalt(salt: string): void {
    this.#file.salt = salt;
    this.#file.save();
  }
}

/** The crypter of a state by the salt that it names, for stacks whose config file is elsewhere. */
export function openStateCrypter(salt: string, env: Environment, keys: KeyCache): Promise<Crypter> {
  return openCrypter(salt, readPassphrase(env), keys);
}

function unavailable(provider: string, where: string): EngineError {
  return new EngineError(
    `the secrets provider ${provider} (named by ${where}) is not available in this engine: only passphrase is. ` +
      "Run `pulumi stack change-secrets-provider passphrase` with the Pulumi CLI first.",
  );
}
