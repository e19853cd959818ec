import { hostname } from "node:os";
import type { Bucket } from "../backend/bucket.ts";
import { type Deployment, readStack, type StoredStack } from "../backend/checkpoint.ts";
import { backendUrl, selectedStack, selectStack } from "../backend/home.ts";
import { openBucket } from "../backend/openBucket.ts";
import type { Crypter } from "../backend/passphrase.ts";
import { findProject, type Project, requireProject } from "../backend/project.ts";
import { Sealer } from "../backend/sealing.ts";
import { mergedConfig, plainConfig, StackConfigFile, stackConfigPath } from "../backend/stackConfig.ts";
import { fullName, parseStackReference, type StackReference } from "../backend/stackReference.ts";
import { StackSecrets } from "../backend/stackSecrets.ts";
import { EngineError, EXIT } from "../engineError.ts";
import type { CommandCall, CommandContext } from "./command.ts";
import type { ConfigSource } from "./copyConfig.ts";

/** The backend and the project that a command sees from its folder. */
export interface Backend {
  readonly url: string;
  readonly bucket: Bucket;
  readonly project: Project | undefined;
}

/**
 * Opens the backend of a folder.
 *
 * @throws EngineError (exit 3) when nobody is logged in
 */
export function openBackend(context: CommandContext): Backend {
  const project = findProject(context.cwd);
  const url = backendUrl(context.env, project);
  if (!url) {
    throw new EngineError(
      "no backend is set: log in with `pulumi login file://…` or `pulumi login azblob://…`, or set PULUMI_BACKEND_URL",
      EXIT.authentication,
    );
  }
  return { url, bucket: openBucket(url, project?.root ?? context.cwd, context.env), project };
}

/** What the real CLI calls a backend in messages: the host's name for files, the URL for others. */
export function backendName(url: string): string {
  return url.startsWith("file://") ? hostname() : url;
}

/** The stack that a command is about: the given name, `PULUMI_STACK`, else the selected one. */
export function resolveStack(backend: Backend, context: CommandContext, name: string | undefined): StackReference {
  const text = name || context.env.PULUMI_STACK;
  if (text) return parseStackReference(text, backend.project?.name);
  const selected = backend.project ? selectedStack(context.env, requireProject(context.cwd), backend.url) : undefined;
  if (!selected) {
    throw new EngineError(
      "no stack selected; please use `pulumi stack select` or `pulumi stack init` to choose one",
      EXIT.stackNotFound,
    );
  }
  return parseStackReference(selected, backend.project?.name);
}

/** The error for a stack that is not there. */
export function stackNotFound(name: string): EngineError {
  return new EngineError(`no stack named '${name}' found`, EXIT.stackNotFound);
}

export interface SessionOptions {
  /** `--config-file`. */
  readonly configFile?: string | undefined;
  /** `--disable-integrity-checking`: use the state as it is. */
  readonly unchecked?: boolean;
}

/** One stack, opened for a command. Secrets stay closed until somebody asks. */
export class StackSession {
  readonly context: CommandContext;
  readonly backend: Backend;
  readonly stack: StackReference;
  readonly stored: StoredStack;
  readonly secrets: StackSecrets;
  readonly sealer: Sealer;
  readonly #unchecked: boolean;
  readonly #configFile: string | undefined;
  #config: StackConfigFile | undefined;

  /** @throws EngineError (exit 6) when there is no such stack */
  static async open(call: CommandCall, name = call.flags.text("stack")): Promise<StackSession> {
    const { context } = call;
    const backend = openBackend(context);
    const stack = resolveStack(backend, context, name);
    const stored = await readStack(backend.bucket, stack);
    if (!stored) throw stackNotFound(name || stack.name);
    return new StackSession(context, backend, stack, stored, {
      configFile: call.flags.text("config-file"),
      unchecked: call.flags.on("disable-integrity-checking"),
    });
  }

  constructor(
    context: CommandContext,
    backend: Backend,
    stack: StackReference,
    stored: StoredStack,
    options: SessionOptions = {},
  ) {
    this.context = context;
    this.backend = backend;
    this.stack = stack;
    this.stored = stored;
    this.#configFile = options.configFile;
    const state = () => stored.deployment;
    this.secrets = new StackSecrets(context.env, context.keys, () => this.config, state);
    this.sealer = new Sealer(this.secrets.crypter, () => this.secrets.stateCrypter);
    this.#unchecked = options.unchecked ?? false;
  }

  /** The config file, read at the first look: many commands do without. */
  get config(): StackConfigFile {
    const { backend, context, stack } = this;
    const folder = backend.project ?? { root: context.cwd, stackConfigDir: undefined };
    this.#config ??= new StackConfigFile(stackConfigPath(folder, stack.name, context.cwd, this.#configFile));
    return this.#config;
  }

  /**
   * The state, for whoever works with it.
   *
   * @throws EngineError when it is damaged or contradicts itself
   */
  get deployment(): Deployment | undefined {
    if (!this.#unchecked) this.stored.verify();
    return this.stored.deployment;
  }

  /** The project file; commands that run programs or touch config need one. */
  get project(): Project {
    return this.backend.project ?? requireProject(this.context.cwd);
  }

  /** What copying config from or to this stack needs. */
  get configSource(): ConfigSource {
    return { file: this.config, crypter: this.secrets.crypter };
  }

  select(): void {
    if (this.backend.project)
      selectStack(this.context.env, this.backend.project, this.backend.url, fullName(this.stack));
  }

  /** All config, opened: texts by full key, and which are secret. */
  async openConfig(): Promise<{
    readonly values: ReadonlyMap<string, string>;
    readonly secretKeys: readonly string[];
  }> {
    const nodes = mergedConfig(this.project, this.config);
    let crypter: Crypter | undefined;
    const values = new Map<string, string>();
    const secretKeys: string[] = [];
    for (const [key, node] of nodes) {
      const masked = plainConfig(node, undefined);
      if (masked.secret) {
        crypter ??= await this.secrets.crypter();
        secretKeys.push(key);
        values.set(key, plainConfig(node, crypter).value);
      } else values.set(key, masked.value);
    }
    return { values, secretKeys };
  }
}
