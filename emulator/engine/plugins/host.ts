import { builtinProvider, type StackReader } from "./builtin.ts";
import { findProvider, type PluginLocation } from "./discover.ts";
import { GrpcProvider } from "./grpcProvider.ts";
import { launchPlugin, type PluginProcess } from "./launch.ts";
import type { Provider } from "./provider.ts";

export interface PluginHostOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly rootDirectory: string;
  readonly programDirectory: string;
  /** What plugins print. */
  readonly onOutput: (line: string, stream: "stdout" | "stderr") => void;
  /** Other stacks, for stack references. */
  readonly stacks: StackReader;
}

type Executable = Extract<PluginLocation, { readonly kind: "executable" }>;

/** Starts and connects providers. Each `load` gives a provider of its own: configuration belongs to one provider resource. */
export class PluginHost {
  readonly #options: PluginHostOptions;
  readonly #waiting = new Map<string, Promise<PluginProcess>[]>();
  readonly #loaded: Provider[] = [];
  readonly #processes: Promise<PluginProcess>[] = [];
  #engineAddress = "";

  constructor(options: PluginHostOptions) {
    this.#options = options;
  }

  /** The address that plugins are told; set once the engine listens, before any other call. */
  set engineAddress(address: string) {
    this.#engineAddress = address;
  }

  /** Starts a provider's process ahead of its first use, so that its start-up hides behind the program's. */
  prepare(name: string, version: string): void {
    if (name === "" || name === "pulumi" || this.#waiting.has(name)) return;
    let location: ReturnType<typeof findProvider>;
    try {
      location = findProvider(name, version, this.#options);
    } catch {
      return; // told when the provider is really needed
    }
    if (location.kind === "executable") this.#waiting.set(name, [this.#launch(location)]);
  }

  /**
   * A fresh provider, greeted but not configured.
   *
   * @throws EngineError when the plugin is not found or does not start
   */
  async load(name: string, version: string): Promise<Provider> {
    if (name === "pulumi") return builtinProvider(this.#options.stacks);
    const location = findProvider(name, version, this.#options);
    const process = location.kind === "executable" ? await this.#claim(name, location) : undefined;
    const address = location.kind === "attached" ? location.address : (process?.address ?? "");
    const provider = new GrpcProvider(name, address, process);
    this.#loaded.push(provider);
    await provider.greet({
      engineAddress: this.#engineAddress,
      rootDirectory: this.#options.rootDirectory,
      programDirectory: this.#options.programDirectory,
      attach: location.kind === "attached",
    });
    return provider;
  }

  /** Tells all providers to stop what they do. */
  async cancel(): Promise<void> {
    await Promise.all(this.#loaded.map((provider) => provider.cancel()));
  }

  /** Says goodbye and ends the processes, those that were never used too. */
  async close(): Promise<void> {
    await this.cancel();
    await Promise.all(this.#loaded.map((provider) => provider.close()));
    const processes = await Promise.allSettled(this.#processes);
    await Promise.all(processes.map((process) => (process.status === "fulfilled" ? process.value.stop() : undefined)));
  }

  #claim(name: string, executable: Executable): Promise<PluginProcess> {
    return this.#waiting.get(name)?.shift() ?? this.#launch(executable);
  }

  #launch({ path, args }: Executable): Promise<PluginProcess> {
    const process = launchPlugin({
      path,
      args,
      engineAddress: this.#engineAddress,
      cwd: this.#options.programDirectory,
      env: this.#options.env,
      onOutput: this.#options.onOutput,
    });
    process.catch(() => undefined); // one that was started ahead may never be claimed; who claims it sees the error
    this.#processes.push(process);
    return process;
  }
}
