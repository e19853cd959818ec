import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { EngineError } from "../engineError.ts";

/** What `Pulumi.yaml` says. */
export interface Project {
  readonly name: string;
  /** Folder of the file. */
  readonly root: string;
  readonly file: string;
  readonly runtime: string;
  readonly runtimeOptions: Readonly<Record<string, unknown>>;
  readonly main: string | undefined;
  readonly backendUrl: string | undefined;
  readonly stackConfigDir: string | undefined;
  /** The `config:` section as written: values, or `{default}`, `{value}`. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly description: string | undefined;
}

interface ProjectFile {
  readonly name?: string;
  readonly description?: string;
  readonly runtime?: string | { readonly name?: string; readonly options?: Record<string, unknown> };
  readonly main?: string;
  readonly backend?: { readonly url?: string };
  readonly config?: Record<string, unknown> | string;
  readonly stackConfigDir?: string;
}

const NAMES = ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"];

/** Finds the project file in a folder or above it. */
export function findProject(cwd: string): Project | undefined {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const file = NAMES.map((name) => join(folder, name)).find((path) => existsSync(path));
    if (file) return readProject(file);
    if (dirname(folder) === folder) return undefined;
  }
}

/**
 * Like `findProject`, for commands that cannot do without.
 *
 * @throws EngineError with the CLI's text
 */
export function requireProject(cwd: string): Project {
  const project = findProject(cwd);
  if (project) return project;
  throw new EngineError(
    `no Pulumi.yaml project file found (searching upwards from ${cwd}). If you have not created a project yet, use \`pulumi new\` to do so`,
  );
}

function readProject(file: string): Project {
  const content = parse(readFileSync(file, "utf8")) as ProjectFile | null;
  if (!content?.name) throw new EngineError(`could not validate '${file}': project is missing a 'name' attribute`);
  if (!content.runtime) throw new EngineError(`could not validate '${file}': project is missing a 'runtime' attribute`);
  const runtime = content.runtime;
  return {
    name: content.name,
    root: dirname(file),
    file,
    runtime: typeof runtime === "string" ? runtime : (runtime.name ?? ""),
    runtimeOptions: typeof runtime === "string" ? {} : (runtime.options ?? {}),
    main: content.main,
    backendUrl: content.backend?.url,
    stackConfigDir: content.stackConfigDir,
    config: typeof content.config === "object" ? content.config : {},
    description: content.description,
  };
}

/** The name of a project's settings file in `$PULUMI_HOME/workspaces`. */
export function workspaceFileName(project: Project): string {
  const hash = createHash("sha1").update(realpathSync(project.file)).digest("hex");
  return `${project.name}-${hash}-workspace.json`;
}
