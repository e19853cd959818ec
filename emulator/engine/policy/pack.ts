import grpc from "@grpc/grpc-js";
import { EngineError } from "../engineError.ts";
import type { AnalyzedStack, PackInfo } from "../plugins/analyzer.ts";
import { AnalyzerClient } from "../plugins/analyzerClient.ts";
import { launchPack, type PackProcess } from "../plugins/analyzerLaunch.ts";
import { describeError, isServiceError } from "../plugins/wire.ts";
import { readPackConfig, reconcile } from "./config.ts";
import type { PackFolder } from "./packFolder.ts";

/** Sets how long the engine waits for a pack to listen, and for each answer. */
export const TIMEOUT_VARIABLE = "DEVFACTORY_POLICY_TIMEOUT_SECONDS";
const START_SECONDS = 60;
const CALL_SECONDS = 300;
const LONGEST_PATH = 75;

/** What packs are started with. */
export interface PackSettings {
  readonly stack: AnalyzedStack;
  readonly engineAddress: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly onOutput: (line: string, stream: "stdout" | "stderr") => void;
}

/** A policy pack that runs. */
export class Pack {
  readonly info: PackInfo;
  readonly client: AnalyzerClient;
  /** What is wrong with its config, in sentences. */
  readonly configErrors: readonly string[];
  readonly #folder: PackFolder;
  readonly #process: PackProcess;

  /**
   * Starts a pack, and tells it its stack and its config.
   *
   * @throws EngineError that names the pack's folder and says what to do
   */
  static async start(folder: PackFolder, settings: PackSettings): Promise<Pack> {
    const seconds = Number(settings.env[TIMEOUT_VARIABLE] ?? 0);
    const fail = (error: unknown) =>
      new EngineError(`policy pack "${folder.path}" failed to start: ${reason(error)}\n${advice(folder)}`, 1, {
        cause: error,
      });
    const process = await launchPack({
      ...settings,
      folder: folder.path,
      typescript: folder.typescript,
      env: environment(settings),
      startMs: (seconds || START_SECONDS) * 1000,
    }).catch((error: unknown) => {
      throw fail(error);
    });
    const client = new AnalyzerClient(process.address, (seconds || CALL_SECONDS) * 1000);
    const cancel = () => client.cancel();
    settings.signal.addEventListener("abort", cancel, { once: true });
    try {
      const told = await client.greet(settings.engineAddress, folder.path);
      if (told.name === "") throw new EngineError("it does not say its name");
      await client.configureStack(settings.stack);
      const info = { ...told, version: folder.version || told.version };
      return new Pack(folder, info, client, process, await configure(folder, info, client));
    } catch (error) {
      client.close();
      await process.stop();
      throw fail(error);
    } finally {
      settings.signal.removeEventListener("abort", cancel);
    }
  }

  private constructor(
    folder: PackFolder,
    info: PackInfo,
    client: AnalyzerClient,
    process: PackProcess,
    configErrors: readonly string[],
  ) {
    this.#folder = folder;
    this.info = info;
    this.client = client;
    this.#process = process;
    this.configErrors = configErrors;
  }

  /** Its name in summaries: they must tell a pack on disk from a published one. */
  get summaryName(): string {
    return `${this.info.name}|local|${shortPath(this.#folder.given)}`;
  }

  /** The message for a call that failed. @param what what was done, as in `failed to run policy` */
  failure(what: string, error: unknown): string {
    return `${what}: ${reason(error)}\n${advice(this.#folder)}`;
  }

  async close(): Promise<void> {
    this.client.close();
    await this.#process.stop();
  }
}

async function configure(folder: PackFolder, info: PackInfo, client: AnalyzerClient): Promise<readonly string[]> {
  if (!info.supportsConfig) {
    if (!folder.configFile) return [];
    throw new EngineError(`policy pack "${info.name}" does not support config`);
  }
  const given = folder.configFile ? readPackConfig(folder.configFile) : {};
  const reconciled = await reconcile(info, given);
  if (reconciled.status === "invalid") return reconciled.errors;
  await client.configure(reconciled.config);
  return [];
}

/** Both families of names: SDKs read the first, and are to read the second. */
function environment({ env, stack }: PackSettings): Readonly<Record<string, string | undefined>> {
  const facts = {
    ORGANIZATION: stack.organization,
    PROJECT: stack.project,
    STACK: stack.stack,
    DRY_RUN: String(stack.preview),
  };
  const named = Object.entries(facts).flatMap(([key, value]) => [
    [`PULUMI_NODEJS_${key}`, value],
    [`PULUMI_${key}`, value],
  ]);
  const config = stack.config.size > 0 ? { PULUMI_CONFIG: JSON.stringify(Object.fromEntries(stack.config)) } : {};
  return { ...env, ...Object.fromEntries(named), ...config };
}

function reason(error: unknown): string {
  if (!isServiceError(error)) return describeError(error);
  if (error.code === grpc.status.DEADLINE_EXCEEDED)
    return `the policy pack did not answer in time (${TIMEOUT_VARIABLE} sets how many seconds the engine waits)`;
  if (error.code === grpc.status.UNAVAILABLE) return "the policy pack's process has ended";
  return describeError(error);
}

function advice({ path, given }: PackFolder): string {
  return `The policy pack is in ${path}: correct it, or leave out --policy-pack ${given}.`;
}

/** Long paths keep their first and their last two parts. */
function shortPath(path: string): string {
  const parts = path.split("/");
  if (path.length <= LONGEST_PATH || parts.length <= 4) return path;
  return [...parts.slice(0, 2), "...", ...parts.slice(-2)].join("/");
}
