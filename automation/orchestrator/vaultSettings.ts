import { AutomationError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { KeyVaultHelper } from "./keyVaultHelper.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface VaultSettingsOptions<T> {
  /** Absent: the environment alone counts. */
  readonly vault?: Pick<KeyVaultHelper, "setting">;
  /** Settings that may stand in the vault. */
  readonly names: readonly string[];
  readonly environment: Environment;
  /** Reads and checks all settings. @throws {AutomationError} `SETTING_MISSING` */
  readonly read: (environment: Environment) => T;
  readonly log: Pick<Logger, "info" | "warn">;
}

/** Below the five minutes in which a new value is promised to be used. */
const EVERY_MS = 4 * 60_000;

/** The secret that holds a setting: secrets may have no underscore. */
export function secretOf(name: string): string {
  return name.toLowerCase().replaceAll("_", "-");
}

/**
 * The settings of a process: those in the vault before those of its environment. They are read again every four minutes; a value that is
 * not valid changes nothing. While the vault does not answer, what was read last counts (at first the environment), and
 * {@link VaultSettings.isDegraded} says so.
 */
export class VaultSettings<T> {
  readonly #options: VaultSettingsOptions<T>;
  /** By name: what the vault had last. */
  readonly #found = new Map<string, string>();
  #current: T;
  #isDegraded = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #listeners: ((now: T) => void)[] = [];

  private constructor(options: VaultSettingsOptions<T>, current: T) {
    this.#options = options;
    this.#current = current;
  }

  /** @throws {AutomationError} `SETTING_MISSING` when environment and vault together are not enough */
  static async open<T>(options: VaultSettingsOptions<T>): Promise<VaultSettings<T>> {
    const { environment, read, log } = options;
    const found = await ask(options);
    const merged = { ...environment, ...Object.fromEntries(found.values) };
    const settings = new VaultSettings(options, read(merged));
    settings.#take(found);
    if (found.values.size > 0) log.info({ names: [...found.values.keys()] }, "settings of the vault are used");
    return settings;
  }

  get current(): T {
    return this.#current;
  }

  /** Whether the vault did not answer the last time. */
  get isDegraded(): boolean {
    return this.#isDegraded;
  }

  /** Calls `listener` with the settings whenever they have changed. */
  onChange(listener: (now: T) => void): void {
    this.#listeners.push(listener);
  }

  start(): void {
    if (!this.#options.vault) return;
    this.#timer = setInterval(() => void this.refresh(), EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Reads the vault again. @returns names that changed */
  async refresh(): Promise<readonly string[]> {
    const { environment, names, read, log } = this.#options;
    const found = await ask(this.#options);
    const next = new Map(found.isDegraded ? [...this.#found, ...found.values] : found.values);
    const changed = names.filter((name) => next.get(name) !== this.#found.get(name));
    this.#isDegraded = found.isDegraded;
    if (changed.length === 0) return [];
    try {
      this.#current = read({ ...environment, ...Object.fromEntries(next) });
    } catch (error) {
      if (!(error instanceof AutomationError)) throw error;
      log.warn({ err: error, names: changed }, "new settings of the vault are not valid; the old ones stay");
      return [];
    }
    this.#take({ values: next, isDegraded: found.isDegraded });
    log.info({ names: changed }, "settings of the vault have changed");
    for (const listener of this.#listeners) listener(this.#current);
    return changed;
  }

  #take({ values, isDegraded }: Answers): void {
    this.#isDegraded = isDegraded;
    this.#found.clear();
    for (const [name, value] of values) this.#found.set(name, value);
  }
}

interface Answers {
  readonly values: ReadonlyMap<string, string>;
  /** At least one question was not answered. */
  readonly isDegraded: boolean;
}

async function ask({ vault, names, log }: Omit<VaultSettingsOptions<unknown>, "read">): Promise<Answers> {
  if (!vault) return { values: new Map(), isDegraded: false };
  const values = new Map<string, string>();
  let isDegraded = false;
  await Promise.all(
    names.map(async (name) => {
      try {
        const value = await vault.setting(secretOf(name));
        if (value) values.set(name, value);
      } catch (error) {
        if (!isDegraded) log.warn({ err: error }, "the vault does not answer; the settings that are known count");
        isDegraded = true;
      }
    }),
  );
  return { values, isDegraded };
}
