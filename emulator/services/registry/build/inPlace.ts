import { basename, isAbsolute, join, posix, relative } from "node:path";
import { globalArgs, readDockerfile } from "./builder.ts";
import { BuildContext } from "./context.ts";
import { parseDockerfile, type Stage } from "./dockerfile.ts";
import { type ImageConfig, IN_PLACE_LABEL, nodeConfig, SCRATCH } from "./imageConfig.ts";
import { applyMetadata, inWorkdir, type StageScope, startScope, variables } from "./metadata.ts";
import { expand, splitWords, type Variables } from "./words.ts";

export interface InPlaceBuild {
  readonly config: ImageConfig;
  /** Hash over the context's files and the Dockerfile. */
  readonly contextHash: string;
}

/**
 * "Builds" the platform's own checkout: the Dockerfile gives the command, environment and working folder; `COPY` and `RUN` are taken as
 * done, because the checkout holds the files and its installed packages. Paths in the image that the context was copied to are
 * translated to the checkout.
 *
 * @param dataDir the emulator's own data, never part of the context
 * @throws {BuildError} as any build
 */
export function buildInPlace(
  checkout: string,
  dockerfileName: string,
  target: string | undefined,
  args: Variables,
  dataDir: string,
): InPlaceBuild {
  const content = readDockerfile(checkout, dockerfileName);
  const dockerfile = parseDockerfile(content);
  const outer = globalArgs(dockerfile, args);
  const last = target ? dockerfile.stages.find((each) => each.name === target.toLowerCase()) : dockerfile.stages.at(-1);
  let copiedTo: string | undefined;
  const enter = (stage: Stage | undefined): StageScope => {
    if (!stage) return startScope(SCRATCH);
    const from = expand(stage.from, outer).toLowerCase();
    const parent = dockerfile.stages.find((each) => each.name === from && each !== stage);
    let scope = parent ? { ...enter(parent), args: {} } : startScope(from === "scratch" ? SCRATCH : nodeConfig());
    for (const instruction of stage.instructions) {
      if (instruction.keyword === "COPY" && instruction.flags.from === undefined) {
        const words = (instruction.json ?? splitWords(instruction.text)).map((word) => expand(word, variables(scope)));
        if (words[0] === "." || words[0] === "./") copiedTo = inWorkdir(scope, words.at(-1) ?? ".");
      }
      scope = applyMetadata(scope, instruction, args, outer);
    }
    return scope;
  };
  const { config } = enter(last);
  const contextRoot = copiedTo ?? config.WorkingDir ?? "/";
  const translate = (path: string): string => {
    if (!isAbsolute(path) || (path !== contextRoot && !path.startsWith(`${posix.join(contextRoot, "/")}`))) return path;
    return join(checkout, relative(contextRoot, path));
  };
  return {
    contextHash: hashCheckout(checkout, dataDir, content),
    config: {
      ...config,
      WorkingDir: config.WorkingDir?.startsWith(contextRoot) ? translate(config.WorkingDir) : checkout,
      ...(config.Cmd ? { Cmd: config.Cmd.map(translate) } : {}),
      ...(config.Entrypoint ? { Entrypoint: config.Entrypoint.map(translate) } : {}),
      Labels: { ...config.Labels, [IN_PLACE_LABEL]: checkout },
    },
  };
}

function hashCheckout(checkout: string, dataDir: string, dockerfile: string): string {
  const data = relative(checkout, dataDir);
  const context = new BuildContext(
    checkout,
    (path) => path === data || ["node_modules", ".git"].includes(basename(path)),
  );
  return `${context.hash(context.entries())}:${dockerfile.length}:${dockerfile}`;
}
