import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { findPython } from "../../../hosts/python.ts";
import { PYTHON_PATH, prepareRoot } from "../../../hosts/sandbox.ts";
import { BuildError } from "./buildError.ts";
import { BuildContext } from "./context.ts";
import { type CopyPlan, copyFiles, copyInputs, copyWords, makeFolders, planCopy } from "./copyStep.ts";
import { type Dockerfile, type Instruction, parseDockerfile, type Stage } from "./dockerfile.ts";
import {
  environmentOf,
  type ImageConfig,
  nginxBase,
  nginxConfig,
  nodeBase,
  nodeConfig,
  pythonBase,
  pythonConfig,
  pythonFolder,
  SCRATCH,
  userId,
  wantsNode,
} from "./imageConfig.ts";
import type { Layer, LayerStore } from "./layers.ts";
import { applyMetadata, commandOf, declareArgs, type StageScope, startScope, variables } from "./metadata.ts";
import { moveChanges, type RunOptions, runCommand, takeSnapshot } from "./runStep.ts";
import { expand, type Variables } from "./words.ts";

export interface BuildRequest {
  /** The unpacked context. */
  readonly folder: string;
  readonly dockerfile: string;
  readonly args: Variables;
  readonly target?: string;
  readonly noCache: boolean;
  readonly signal: AbortSignal;
  readonly log: (text: string) => void;
}

export interface BuildParts {
  readonly layers: LayerStore;
  readonly npmCache: string;
  /** An image of this registry that the builder may pull; `undefined` for a name of another registry. */
  readonly baseImage: (reference: string) => Promise<BuiltImage | undefined>;
}

/** Layers and configuration: what a manifest is made of. */
export interface BuiltImage {
  readonly layers: readonly Layer[];
  readonly config: ImageConfig;
}

interface StageState extends BuiltImage {
  readonly scope: StageScope;
  /** Hash of all that led here. */
  readonly chain: string;
}

const PASSWD = "root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000:node:/home/node:/bin/sh\n";
const NGINX_FILES = {
  "etc/nginx/conf.d/default.conf": "server { listen 8080; root /usr/share/nginx/html; index index.html; }\n",
  "usr/share/nginx/html/index.html": "<!doctype html><title>Welcome</title><h1>It works</h1>\n",
};
const GROUP = "root:x:0:\nnode:x:1000:\n";

/** Interprets one Dockerfile: a stage after the other, each step from the cache where an equal one ran before. */
export class Builder {
  readonly #parts: BuildParts;
  readonly #request: BuildRequest;
  readonly #dockerfile: Dockerfile;
  readonly #context: BuildContext;
  readonly #globals: Variables;
  readonly #done = new Map<string, StageState>();
  readonly #temporary: string[] = [];
  #step = 0;

  /** @throws {BuildError} when the Dockerfile is missing or cannot be read */
  constructor(parts: BuildParts, request: BuildRequest) {
    this.#parts = parts;
    this.#request = request;
    this.#dockerfile = parseDockerfile(readDockerfile(request.folder, request.dockerfile));
    this.#context = new BuildContext(request.folder);
    this.#globals = globalArgs(this.#dockerfile, request.args);
  }

  /** @throws {BuildError} */
  async build(): Promise<BuiltImage> {
    try {
      const stages = this.#needed();
      const total = stages.reduce((sum, stage) => sum + stage.instructions.length + 1, 0);
      let last: StageState | undefined;
      for (const stage of stages) {
        last = await this.#runStage(stage, total);
        this.#done.set(`${this.#dockerfile.stages.indexOf(stage)}`, last);
        if (stage.name) this.#done.set(stage.name, last);
      }
      if (!last) throw new BuildError("nothing to build");
      return { layers: last.layers, config: last.scope.config };
    } finally {
      for (const folder of this.#temporary) this.#parts.layers.discard(folder);
    }
  }

  /** The target stage and those before it. */
  #needed(): readonly Stage[] {
    const { stages } = this.#dockerfile;
    const { target } = this.#request;
    if (!target) return stages;
    const at = stages.findIndex((stage, index) => stage.name === target.toLowerCase() || `${index}` === target);
    if (at < 0) throw new BuildError(`there is no stage named ${target}`);
    return stages.slice(0, at + 1);
  }

  async #runStage(stage: Stage, total: number): Promise<StageState> {
    this.#announce(total, `FROM ${stage.from}`);
    let state = await this.#from(stage);
    for (const instruction of stage.instructions) {
      this.#request.signal.throwIfAborted();
      this.#announce(total, `${instruction.keyword} ${instruction.text}`);
      state = await this.#apply(state, instruction);
    }
    return state;
  }

  async #from(stage: Stage): Promise<StageState> {
    const reference = expand(stage.from, this.#globals);
    const earlier = this.#done.get(reference.toLowerCase());
    if (earlier) return { ...earlier, scope: startScope(earlier.scope.config) };
    if (reference === "scratch") return { layers: [], config: SCRATCH, scope: startScope(SCRATCH), chain: "scratch" };
    const node = nodeBase(reference);
    if (typeof node === "string") throw new BuildError(node, stage.line);
    if (node) return this.#node();
    const python = pythonBase(reference);
    if (python) return this.#python(reference, python.minor, stage.line);
    const nginx = nginxBase(reference);
    if (nginx) return this.#base("base nginx 1", nginxConfig(nginx.unprivileged), NGINX_FILES);
    const image = await this.#parts.baseImage(reference).catch((cause: unknown) => {
      throw new BuildError(cause instanceof Error ? cause.message : String(cause), stage.line, { cause });
    });
    if (!image)
      throw new BuildError(
        `the image ${reference} is not available: use node:24, python:3, nginx, scratch or an image of this registry`,
        stage.line,
      );
    const chain = hash(["image", image.layers.map((each) => each.digest)]);
    return { ...image, scope: startScope(image.config), chain };
  }

  #node(): Promise<StageState> {
    return this.#base("base node 1", nodeConfig(), {});
  }

  /** As in Docker's image, `/usr/local` has a Python that packages may be added to: a virtual environment of the machine's. */
  async #python(reference: string, minor: string | undefined, line: number): Promise<StageState> {
    const python = findPython(minor);
    if (!python) {
      const reason = `${reference}: this machine has no Python 3 that makes virtual environments: install python3 and python3-venv`;
      throw new BuildError(reason, line);
    }
    const standIn = `Python ${python.version} of this machine stands in for ${reference}`;
    this.#request.log(minor === python.minor ? `${standIn}\n` : `${standIn}: it has no other\n`);
    const state = await this.#base("base node 1", pythonConfig(python), {});
    const program = python.folder ? join(PYTHON_PATH, relative(python.folder, python.program)) : python.program;
    const argv = [program, "-m", "venv", "/usr/local"];
    return this.#execute(state, ["python", python.version, python.folder ?? ""], {
      argv,
      env: environmentOf(state.config),
      line,
    });
  }

  /** A base that the machine provides: a user list, an empty home, and some files. */
  async #base(key: string, config: ImageConfig, files: Readonly<Record<string, string>>): Promise<StageState> {
    const { layers } = this.#parts;
    let layer = layers.cached(key);
    if (!layer) {
      const folder = layers.newFolder();
      for (const path of ["home/node", "root"]) makeFolders(folder, path);
      for (const [path, content] of Object.entries({ "etc/passwd": PASSWD, "etc/group": GROUP, ...files })) {
        makeFolders(folder, dirname(path));
        writeFileSync(join(folder, path), content, { mode: 0o644 });
      }
      layer = await layers.commit(key, folder, []);
    }
    return { layers: [layer], config, scope: startScope(config), chain: hash([key, config]) };
  }

  async #apply(state: StageState, instruction: Instruction): Promise<StageState> {
    switch (instruction.keyword) {
      case "COPY":
      case "ADD":
        return this.#copy(state, instruction);
      case "RUN":
        return this.#run(state, instruction);
      case "WORKDIR":
        return this.#workdir(state, instruction);
      default: {
        const scope = applyMetadata(state.scope, instruction, this.#request.args, this.#globals);
        return { ...state, scope };
      }
    }
  }

  async #workdir(state: StageState, instruction: Instruction): Promise<StageState> {
    const scope = applyMetadata(state.scope, instruction, this.#request.args, this.#globals);
    const path = (scope.config.WorkingDir ?? "/").slice(1);
    if (this.#parts.layers.kindAt(state.layers, path) === "folder") return { ...state, scope };
    const next = await this.#layer(state, ["WORKDIR", path], async (folder) => {
      makeFolders(folder, path);
      return [];
    });
    return { ...next, scope };
  }

  async #copy(state: StageState, instruction: Instruction): Promise<StageState> {
    const { from } = instruction.flags;
    if (from !== undefined) return this.#copyFrom(state, instruction, from);
    const plan = this.#plan(state, instruction, this.#context);
    return this.#layer(state, ["COPY", copyInputs(plan)], async (folder) => {
      copyFiles(plan, folder, "copy");
      return [];
    });
  }

  /** Files of a stage or an image. They are laid out only when it is not known yet what they bring, or when they are copied. */
  async #copyFrom(state: StageState, instruction: Instruction, from: string): Promise<StageState> {
    const { layers } = this.#parts;
    const name = expand(from, variables(state.scope));
    const origin = this.#done.get(name.toLowerCase()) ?? (await this.#parts.baseImage(name));
    if (!origin) throw new BuildError(`--from=${name} names no stage or image of this registry`, instruction.line);
    let laidOut: Promise<CopyPlan> | undefined;
    const plan = () => {
      laidOut ??= this.#layOut(origin).then((context) => this.#plan(state, instruction, context));
      return laidOut;
    };
    const words = copyWords(instruction, state.scope);
    const { from: _, ...flags } = instruction.flags;
    const sources = origin.layers.map(({ digest, removed }) => [digest, removed]);
    const key = hash([state.chain, sources, instruction.keyword, words, flags, state.scope.config.WorkingDir ?? "/"]);
    let inputs = layers.copyInputs(key);
    if (inputs === undefined) {
      inputs = copyInputs(await plan());
      layers.rememberCopy(key, inputs);
    }
    return this.#layer(state, ["COPY", inputs], async (folder) => {
      copyFiles(await plan(), folder, "link");
      return [];
    });
  }

  #plan(state: StageState, instruction: Instruction, context: BuildContext): CopyPlan {
    return planCopy(instruction, state.scope, context, (path) => this.#parts.layers.kindAt(state.layers, path));
  }

  async #layOut(image: BuiltImage): Promise<BuildContext> {
    const folder = this.#parts.layers.newFolder();
    this.#temporary.push(folder);
    await this.#parts.layers.unpack(image.layers, folder, "link");
    return new BuildContext(folder);
  }

  async #run(state: StageState, instruction: Instruction): Promise<StageState> {
    const unknown = Object.keys(instruction.flags).find((flag) => flag !== "mount" && flag !== "network");
    if (unknown || instruction.flags.mount?.includes("type=secret")) {
      throw new BuildError(`RUN --${unknown ?? "mount=type=secret"} is not supported`, instruction.line);
    }
    const { scope } = state;
    const argv = commandOf(scope, instruction);
    const env = { ...scope.args, ...environmentOf(scope.config) };
    const step = ["RUN", argv, env, scope.config.WorkingDir ?? "/", scope.config.User ?? ""];
    return this.#execute(state, step, { argv, env, line: instruction.line });
  }

  /** A layer of what a command changes in the files of a stage. */
  #execute(state: StageState, step: unknown, command: Pick<RunOptions, "argv" | "env" | "line">): Promise<StageState> {
    const { layers, npmCache } = this.#parts;
    const { config } = state.scope;
    return this.#layer(state, step, async (folder) => {
      const root = layers.newFolder();
      const scratch = layers.newFolder();
      this.#temporary.push(root, scratch);
      await layers.unpack(state.layers, root, "copy");
      prepareRoot(root);
      const before = takeSnapshot(root);
      await runCommand({
        ...command,
        root,
        scratch,
        cwd: config.WorkingDir ?? "/",
        uid: userId(config.User),
        node: wantsNode(config),
        python: pythonFolder(config),
        npmCache,
        signal: this.#request.signal,
        log: this.#request.log,
      });
      return moveChanges(root, before, folder);
    });
  }

  /** Adds a layer: from the cache, or made by `make` in an empty folder; `make` resolves with the paths it removed. */
  async #layer(
    state: StageState,
    step: unknown,
    make: (folder: string) => Promise<readonly string[]>,
  ): Promise<StageState> {
    const { layers } = this.#parts;
    const chain = hash([state.chain, step]);
    const cached = this.#request.noCache ? undefined : layers.cached(chain);
    if (cached) {
      this.#request.log(" ---> Using cache\n");
      return { ...state, chain, layers: [...state.layers, cached] };
    }
    const folder = layers.newFolder();
    try {
      const removed = await make(folder);
      return { ...state, chain, layers: [...state.layers, await layers.commit(chain, folder, removed)] };
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  #announce(total: number, text: string): void {
    this.#step += 1;
    this.#request.log(`Step ${this.#step}/${total} : ${text}\n`);
  }
}

/** @throws {BuildError} when the file is missing or lies outside the context */
export function readDockerfile(folder: string, name: string): string {
  const path = resolve(folder, name);
  if (!path.startsWith(`${resolve(folder)}/`) || !existsSync(path))
    throw new BuildError(`${name} is not in the build context`);
  return readFileSync(path, "utf8");
}

/** `ARG` before the first `FROM`, with the values given to the build. */
export function globalArgs(dockerfile: Dockerfile, given: Variables): Variables {
  const seen: Record<string, string> = {};
  for (const each of dockerfile.globals) Object.assign(seen, declareArgs(each, given, {}, seen));
  return seen;
}

function hash(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}
