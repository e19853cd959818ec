import { randomUUID } from "node:crypto";
import type { EventStream } from "../events/stream.ts";
import type { OperationResult, Provider, Target } from "../plugins/provider.ts";
import { type HookSubject, type Hooks, subjectUrn, withRetries } from "./hooks.ts";
import { problemOf } from "./problem.ts";
import type { ProviderTable } from "./providerTable.ts";
import type { Along, Snapshot } from "./snapshot.ts";
import type { PendingType, ResourceState } from "./state.ts";
import { isProviderType, parseUrn } from "./urn.ts";
import { isSecret, makeSecret, type PropertyMap, UNKNOWN, type Value } from "./values.ts";

/** A resource exists but did not become ready; its state is kept with the reasons. */
export class PartialFailureError extends Error {
  override readonly name = "PartialFailureError";
}

/** What the steps work with. */
export interface Workbench {
  readonly preview: boolean;
  readonly snapshot: Snapshot;
  readonly providers: ProviderTable;
  readonly events: EventStream;
  readonly hooks: Hooks;
  /** Makes the operation fail without making a step fail: what the step did stays. */
  readonly fail: () => void;
  readonly now: () => Date;
}

/** The provider calls behind the steps: each one notes its begin, stores its result, and notes its end. */
export class Operations {
  readonly #bench: Workbench;

  constructor(bench: Workbench) {
    this.#bench = bench;
  }

  /**
   * Create: the provider makes it; a provider resource is configured, a component only recorded.
   *
   * @param along the state that it replaces, if any
   */
  async create(state: ResourceState, provider: Provider | undefined, along: Along = {}): Promise<void> {
    await this.#bench.hooks.run("BeforeCreate", { new: state });
    await this.#create(state, provider, along);
    if (state.custom) await this.runAfterHooks("AfterCreate", { new: state });
  }

  async #create(state: ResourceState, provider: Provider | undefined, along: Along): Promise<void> {
    if (isProviderType(state.type)) return this.#createProvider(state, provider, along);
    if (!state.custom || !provider) return this.#bench.snapshot.put(state, along);
    const { preview, snapshot, now } = this.#bench;
    await this.#noted("creating", state, async (ends) => {
      const timeoutSeconds = state.customTimeouts?.create ?? 0;
      const args = { ...target(state), inputs: state.inputs ?? {}, timeoutSeconds, preview };
      const result = await withRetries(this.#bench.hooks, "create", { new: state }, () => provider.create(args));
      this.#apply(state, result);
      if (!preview) state.created = state.modified = now().toISOString();
      await snapshot.put(state, { ...along, ends });
      if (result.initErrors) throw initError(result.initErrors);
    });
  }

  /** Update of a resource whose id stays. */
  async update(old: ResourceState, state: ResourceState, provider: Provider | undefined): Promise<void> {
    state.id = old.id ?? "";
    await this.#bench.hooks.run("BeforeUpdate", { old, new: state });
    await this.#update(old, state, provider);
    if (state.custom) await this.runAfterHooks("AfterUpdate", { old, new: state });
  }

  async #update(old: ResourceState, state: ResourceState, provider: Provider | undefined): Promise<void> {
    if (isProviderType(state.type)) return this.#updateProvider(old, state, provider);
    if (!state.custom || !provider) {
      state.outputs = old.outputs ?? {};
      return this.#bench.snapshot.keep(old, state);
    }
    const { preview, snapshot, now } = this.#bench;
    await this.#noted("updating", state, async (ends) => {
      const args = {
        ...target(state),
        id: old.id ?? "",
        oldInputs: old.inputs ?? {},
        oldOutputs: old.outputs ?? {},
        news: state.inputs ?? {},
        ignoreChanges: state.ignoreChanges ?? [],
        timeoutSeconds: state.customTimeouts?.update ?? 0,
        preview,
      };
      const result = await withRetries(this.#bench.hooks, "update", { old, new: state }, () => provider.update(args));
      this.#apply(state, result);
      if (result.initErrors) state.inputs = old.inputs ?? {}; // the next run must see the difference again
      if (old.created) state.created = old.created;
      if (!preview) state.modified = now().toISOString();
      await snapshot.put(state, { drops: old, ends });
      if (result.initErrors) throw initError(result.initErrors);
    });
  }

  /** Same: what the program says about it may have changed, the resource has not. */
  async same(old: ResourceState, state: ResourceState, provider: Provider | undefined): Promise<void> {
    state.id = old.id ?? "";
    state.outputs = this.#mark(old.outputs ?? {}, state);
    if (old.created) state.created = old.created;
    if (old.modified) state.modified = old.modified;
    if (old.initErrors) state.initErrors = old.initErrors;
    if (old.importID && !state.importID) state.importID = old.importID;
    if (isProviderType(state.type) && provider) await this.#configure(state, provider);
    await this.#bench.snapshot.keep(old, state);
  }

  /**
   * Delete. Nothing is called for components, provider resources, external and retained ones, and for those that vanish
   * with another.
   *
   * @param keepPending the state stays, as `pendingReplacement`, until the new one exists
   */
  async delete(old: ResourceState, vanishes: boolean, keepPending: boolean): Promise<void> {
    await this.#bench.hooks.run("BeforeDelete", { old });
    await this.#delete(old, vanishes, keepPending);
    await this.runAfterHooks("AfterDelete", { old });
  }

  /**
   * Hooks after a step. A failure is reported and fails the operation, but what was done stays done. Those of components
   * run when the component registers its outputs.
   */
  async runAfterHooks(type: "AfterCreate" | "AfterUpdate" | "AfterDelete", subject: HookSubject): Promise<void> {
    try {
      await this.#bench.hooks.run(type, subject);
    } catch (error) {
      const { message, urn } = problemOf(error, subjectUrn(subject));
      this.#bench.events.diagnose("error", message, urn);
      this.#bench.fail();
    }
  }

  async #delete(old: ResourceState, vanishes: boolean, keepPending: boolean): Promise<void> {
    const silent = !old.custom || isProviderType(old.type) || old.external || old.retainOnDelete || vanishes;
    const forget = async (ends?: number) => {
      if (!keepPending) return this.#bench.snapshot.drop(old, ends);
      old.pendingReplacement = true;
      await this.#bench.snapshot.change(old, old, ends);
    };
    if (silent || this.#bench.preview) return forget();
    const provider = await this.#bench.providers.get(old.provider ?? "");
    await this.#noted("deleting", old, async (ends) => {
      const args = {
        ...target(old),
        id: old.id ?? "",
        inputs: old.inputs ?? {},
        outputs: old.outputs ?? {},
        timeoutSeconds: old.customTimeouts?.delete ?? 0,
      };
      await withRetries(this.#bench.hooks, "delete", { old }, () => provider.delete(args));
      await forget(ends);
    });
  }

  /**
   * Read for `get`: the result is the outputs.
   *
   * @param along the state that it takes the place of, if any
   * @throws Error when the resource does not exist
   */
  async read(state: ResourceState, provider: Provider, along: Along = {}): Promise<void> {
    if (state.id === UNKNOWN || state.id === "") {
      state.outputs = {};
      return this.#bench.snapshot.put(state, along);
    }
    const id = state.id ?? "";
    await this.#noted("reading", state, async (ends) => {
      const result = await provider.read({
        ...target(state),
        id,
        inputs: state.inputs ?? {},
        outputs: state.inputs ?? {},
      });
      if (!result) throw new Error(`resource '${id}' does not exist`);
      state.outputs = this.#mark(result.outputs, state);
      state.id = result.id || id;
      await this.#bench.snapshot.put(state, { ...along, ends });
    });
  }

  /**
   * Read for the `import` option.
   *
   * @returns the resource as it really is: its inputs (as far as the provider tells) and outputs
   * @throws Error when the resource does not exist
   */
  async readForImport(state: ResourceState, provider: Provider, id: string): Promise<OperationResult> {
    const result = await provider.read({ ...target(state), id, inputs: {}, outputs: {} });
    if (!result) throw new Error(`resource '${id}' does not exist`);
    return result;
  }

  async #createProvider(state: ResourceState, provider: Provider | undefined, along: Along): Promise<void> {
    state.id = this.#bench.preview ? UNKNOWN : randomUUID();
    state.outputs = state.inputs ?? {};
    if (provider) await this.#configure(state, provider);
    if (!this.#bench.preview) state.created = state.modified = this.#bench.now().toISOString();
    await this.#bench.snapshot.put(state, along);
  }

  async #updateProvider(old: ResourceState, state: ResourceState, provider: Provider | undefined): Promise<void> {
    state.outputs = state.inputs ?? {};
    if (provider) await this.#configure(state, provider);
    await this.#bench.snapshot.keep(old, state);
  }

  async #configure(state: ResourceState, provider: Provider): Promise<void> {
    const id = state.id ?? "";
    await provider.configure({ ...target(state), id, inputs: state.inputs ?? {} });
    this.#bench.providers.bind(`${state.urn}::${id}`, provider);
  }

  /** @param call stores its result together with the end of the operation; when it throws before, the end is noted here */
  async #noted(
    type: PendingType,
    state: ResourceState,
    call: (operation: number | undefined) => Promise<void>,
  ): Promise<void> {
    const { snapshot, preview } = this.#bench;
    if (preview) return call(undefined);
    const operation = await snapshot.begin(type, state);
    try {
      await call(operation);
    } catch (error) {
      await snapshot.end(operation).catch(() => undefined); // when the store refuses too, the first error tells more
      throw error;
    }
  }

  #apply(state: ResourceState, result: OperationResult): void {
    state.id = result.id;
    state.outputs = this.#mark(result.outputs, state);
    if (result.initErrors) state.initErrors = result.initErrors;
    else delete state.initErrors;
  }

  /** Wraps the outputs that the program declared secret. */
  #mark(outputs: PropertyMap, state: ResourceState): PropertyMap {
    const names = state.additionalSecretOutputs ?? [];
    if (names.length === 0) return outputs;
    const result: Record<string, Value> = { ...outputs };
    for (const name of names) {
      const value = result[name];
      if (value !== undefined && !isSecret(value)) result[name] = makeSecret(value);
    }
    return result;
  }
}

/** URN with the parts that providers are told. */
export function target(state: { readonly urn: string }): Target {
  const { name, type } = parseUrn(state.urn);
  return { urn: state.urn, name, type };
}

function initError(reasons: readonly string[]): PartialFailureError {
  const count = reasons.length === 1 ? "1 error" : `${reasons.length} errors`;
  return new PartialFailureError(`${count} occurred:${reasons.map((reason) => `\n\t* ${reason}`).join("")}`);
}
