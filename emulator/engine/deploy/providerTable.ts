import { EngineError } from "../engineError.ts";
import type { PluginHost } from "../plugins/host.ts";
import type { Provider } from "../plugins/provider.ts";
import type { ResourceState } from "./state.ts";
import { packageOf, parseUrn, splitReference } from "./urn.ts";
import { type PropertyMap, stripSecrets } from "./values.ts";

/** Configured providers by reference `URN::ID`: those of this operation, and those of old states, started when asked for. */
export class ProviderTable {
  readonly #host: PluginHost;
  readonly #olds: readonly ResourceState[];
  readonly #byReference = new Map<string, Promise<Provider>>();

  constructor(host: PluginHost, olds: readonly ResourceState[]) {
    this.#host = host;
    this.#olds = olds;
  }

  /** A provider for a provider resource that is being registered; not configured. */
  load(type: string, inputs: PropertyMap): Promise<Provider> {
    return this.#host.load(packageOf(type), versionOf(inputs));
  }

  /** Makes a configured provider known under its reference. */
  bind(reference: string, provider: Provider): void {
    this.#byReference.set(reference, Promise.resolve(provider));
  }

  /**
   * The provider behind a reference, from this operation, else configured anew from the old state.
   *
   * @throws EngineError when neither knows it
   */
  get(reference: string): Promise<Provider> {
    const known = this.#byReference.get(reference);
    if (known) return known;
    const started = this.#fromState(reference);
    this.#byReference.set(reference, started);
    started.catch(() => undefined); // the caller awaits the same promise
    return started;
  }

  async #fromState(reference: string): Promise<Provider> {
    const { urn, id } = splitReference(reference);
    const state =
      this.#olds.find((old) => old.urn === urn && old.id === id) ?? this.#olds.find((old) => old.urn === urn);
    if (!state) throw new EngineError(`unknown provider '${reference}'`);
    const inputs = state.inputs ?? {};
    const provider = await this.load(state.type, inputs);
    const { name, type } = parseUrn(urn);
    await provider.configure({ urn, name, type, id, inputs });
    return provider;
  }
}

/** The plugin version that a provider resource asks for, empty for any. */
export function versionOf(inputs: PropertyMap): string {
  const version = stripSecrets(inputs.version ?? "");
  return typeof version === "string" ? version : "";
}
