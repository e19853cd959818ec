import { posix } from "node:path";
import { BuildError } from "./buildError.ts";
import type { Instruction } from "./dockerfile.ts";
import { environmentOf, type ImageConfig } from "./imageConfig.ts";
import { expand, pairs, splitWords, type Variables } from "./words.ts";

const DEFAULT_SHELL = ["/bin/sh", "-c"];

/** Where a stage stands: what its next instruction sees. */
export interface StageScope {
  readonly config: ImageConfig;
  /** `ARG` values in scope. */
  readonly args: Variables;
  readonly shell: readonly string[];
}

export function startScope(config: ImageConfig): StageScope {
  return { config, args: {}, shell: DEFAULT_SHELL };
}

/** Variables that an instruction may use: `ENV` wins over `ARG`. */
export function variables(scope: StageScope): Variables {
  return { ...scope.args, ...environmentOf(scope.config) };
}

/** A path of an instruction, made absolute by `WORKDIR`. */
export function inWorkdir(scope: StageScope, path: string): string {
  return posix.resolve("/", scope.config.WorkingDir ?? "/", path);
}

/** The command of `RUN`, `CMD` or `ENTRYPOINT`, whose shell form goes through the shell. */
export function commandOf(scope: StageScope, { json, text }: Instruction): readonly string[] {
  return json ?? [...scope.shell, text];
}

/** `ARG a=1`: the value given to the build, else the default, else that of an `ARG` before the first `FROM`. */
export function declareArgs(instruction: Instruction, given: Variables, outer: Variables, seen: Variables): Variables {
  const declared = splitWords(instruction.text).map((word) => {
    const at = word.indexOf("=");
    const name = at < 0 ? word : word.slice(0, at);
    const fallback = at < 0 ? outer[name] : expand(word.slice(at + 1), seen);
    return [name, given[name] ?? fallback] as const;
  });
  return Object.fromEntries(declared.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/**
 * The scope after an instruction that changes no file (`COPY`, `ADD` and `RUN` leave it as it is).
 *
 * @param given build arguments; `outer` those declared before the first `FROM`
 * @throws {BuildError} with the line
 */
export function applyMetadata(
  scope: StageScope,
  instruction: Instruction,
  given: Variables,
  outer: Variables,
): StageScope {
  const { keyword, text, json, line } = instruction;
  const seen = variables(scope);
  const change = (config: ImageConfig): StageScope => ({ ...scope, config: { ...scope.config, ...config } });
  switch (keyword) {
    case "ARG":
      return { ...scope, args: { ...scope.args, ...declareArgs(instruction, given, outer, seen) } };
    case "ENV": {
      const next = { ...environmentOf(scope.config), ...Object.fromEntries(pairs(text, seen, line)) };
      return change({ Env: Object.entries(next).map(([name, value]) => `${name}=${value}`) });
    }
    case "LABEL":
      return change({ Labels: { ...scope.config.Labels, ...Object.fromEntries(pairs(text, seen, line)) } });
    case "WORKDIR":
      return change({ WorkingDir: inWorkdir(scope, expand(splitWords(text)[0] ?? "", seen)) });
    case "USER":
      return change({ User: expand(text, seen) });
    case "CMD":
      return change({ Cmd: commandOf(scope, instruction) });
    case "ENTRYPOINT": // a base image's CMD does not suit another program
      return change({ Entrypoint: commandOf(scope, instruction), Cmd: [] });
    case "SHELL":
      if (!json) throw new BuildError("SHELL needs a JSON list", line);
      return { ...scope, shell: json };
    case "EXPOSE": {
      const ports = splitWords(expand(text, seen)).map((each) => [each.includes("/") ? each : `${each}/tcp`, {}]);
      return change({ ExposedPorts: { ...scope.config.ExposedPorts, ...Object.fromEntries(ports) } });
    }
    case "VOLUME":
      return change({
        Volumes: {
          ...scope.config.Volumes,
          ...Object.fromEntries((json ?? splitWords(text)).map((each) => [each, {}])),
        },
      });
    case "STOPSIGNAL":
      return change({ StopSignal: expand(text, seen) });
    case "HEALTHCHECK": // recorded; Container Apps has probes of its own
      return change({
        Healthcheck: { Test: /^none$/i.test(text) ? ["NONE"] : ["CMD-SHELL", text.replace(/^CMD\s+/i, "")] },
      });
    default:
      return scope;
  }
}
