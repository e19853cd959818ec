import { existsSync, readFileSync } from "node:fs";
import { join, normalize, resolve } from "node:path";
import { parse } from "yaml";
import { EngineError, EXIT } from "../engineError.ts";

/** A policy pack on disk, as `--policy-pack` names it, with the config file that belongs to it. */
export interface PackFolder {
  readonly path: string;
  /** The path as it was given, for messages and the summary. */
  readonly given: string;
  readonly configFile: string | undefined;
  /** `version` of PulumiPolicy.yaml; counts more than the one in package.json. Empty for none. */
  readonly version: string;
  /** False when PulumiPolicy.yaml says `typescript: false`. */
  readonly typescript: boolean;
}

const FILE = "PulumiPolicy.yaml";

/**
 * Finds the packs of a command line. The n-th config file belongs to the n-th pack; a value may list several, by comma.
 *
 * @throws EngineError when the flags do not fit together, or a folder or file is not there or not right
 */
export function readPackFolders(
  packs: readonly string[],
  configs: readonly string[],
  cwd: string,
): readonly PackFolder[] {
  const folders = packs.flatMap((value) => value.split(","));
  const files = configs.flatMap((value) => value.split(","));
  if (files.length > 0 && folders.length === 0)
    throw new EngineError('"--policy-pack-config" must be specified with "--policy-pack"', EXIT.configuration);
  if (files.length > 0 && files.length !== folders.length) {
    const text = 'the number of "--policy-pack-config" flags must match the number of "--policy-pack" flags';
    throw new EngineError(text, EXIT.configuration);
  }
  return folders.map((folder, index) => readPackFolder(folder, files[index], cwd));
}

function readPackFolder(given: string, config: string | undefined, cwd: string): PackFolder {
  const path = resolve(cwd, given);
  const file = join(path, FILE);
  const fail = (why: string) =>
    new EngineError(`failed to load Pulumi policy project located at "${path}": ${why}`, EXIT.configuration);
  if (!existsSync(path)) throw fail("there is no such folder");
  if (!existsSync(file)) throw fail(`it has no ${FILE}`);
  const { runtime, version } = readProject(file, fail);
  const name = typeof runtime === "string" ? runtime : runtime?.name;
  if (!name) throw fail(`${FILE} is missing a 'runtime' attribute`);
  if (name !== "nodejs") throw fail(`its runtime '${name}' is not supported by this engine: only nodejs is`);
  const configFile = config === undefined ? undefined : resolve(cwd, config);
  if (configFile && !existsSync(configFile))
    throw new EngineError(`open ${configFile}: no such file or directory`, EXIT.configuration);
  const options = typeof runtime === "string" ? {} : (runtime?.options ?? {});
  return {
    path,
    given: normalize(given).replace(/(?<=.)\/$/, ""),
    configFile,
    version: version === undefined ? "" : String(version),
    typescript: options.typescript !== false,
  };
}

interface PolicyProject {
  readonly runtime?: string | { readonly name?: string; readonly options?: Readonly<Record<string, unknown>> };
  readonly version?: string | number;
}

function readProject(file: string, fail: (why: string) => EngineError): PolicyProject {
  try {
    return (parse(readFileSync(file, "utf8")) ?? {}) as PolicyProject;
  } catch (error) {
    throw fail(error instanceof Error ? error.message : String(error));
  }
}
