import { createHash } from "node:crypto";
import { existsSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { EngineError } from "../engineError.ts";
import { readYamlContent } from "./readYaml.ts";

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
  const content = readYamlContent(file) as ProjectFile;
  validate(file, content);
  const runtime = content.runtime;
  return {
    name: content.name ?? "",
    root: dirname(file),
    file,
    runtime: (typeof runtime === "object" ? runtime.name : runtime) ?? "",
    runtimeOptions: (typeof runtime === "object" ? runtime.options : undefined) ?? {},
    main: content.main ?? undefined,
    backendUrl: content.backend?.url ?? undefined,
    stackConfigDir: content.stackConfigDir ?? undefined,
    config: typeof content.config === "object" ? (content.config ?? {}) : {},
    description: content.description ?? undefined,
  };
}

type Kind = "text" | "keys and values";

/** The kinds that fields may have; what is not here is not looked at. */
const FIELDS: readonly (readonly [path: string, kinds: readonly Kind[]])[] = [
  ["name", ["text"]],
  ["runtime", ["text", "keys and values"]],
  ["runtime.name", ["text"]],
  ["runtime.options", ["keys and values"]],
  ["main", ["text"]],
  ["description", ["text"]],
  ["stackConfigDir", ["text"]],
  ["backend", ["keys and values"]],
  ["backend.url", ["text"]],
  ["config", ["text", "keys and values"]],
];
const PROJECT_NAME = /^[A-Za-z0-9_.-]{1,100}$/;
/** Runtimes of the real CLI: which of them can run here is the operation's matter. */
const RUNTIMES = ["nodejs", "bun", "python", "go", "dotnet", "java", "yaml"];

/** @throws EngineError with the real CLI's words for what is missing */
function validate(file: string, content: ProjectFile): void {
  const fail = (problem: string) => new EngineError(`could not validate '${file}': ${problem}`);
  for (const [path, kinds] of FIELDS) {
    const value = path.split(".").reduce<unknown>((at, key) => (at as Record<string, unknown> | null)?.[key], content);
    if (value === undefined || value === null) continue;
    const kind = kindOf(value);
    if (!(kinds as readonly string[]).includes(kind)) throw fail(`${path} must be ${kinds.join(" or ")}, not ${kind}`);
  }
  if (!content.name) throw fail("project is missing a 'name' attribute");
  if (!PROJECT_NAME.test(content.name))
    throw fail(
      `project name '${content.name}' is not allowed: names may only contain alphanumerics, hyphens, underscores, and periods (1 to 100)`,
    );
  const runtime = typeof content.runtime === "object" ? content.runtime?.name : content.runtime;
  if (!runtime) throw fail("project is missing a 'runtime' attribute");
  if (!RUNTIMES.includes(runtime)) throw fail(`unknown runtime '${runtime}'; known are ${RUNTIMES.join(", ")}`);
}

function kindOf(value: unknown): string {
  if (typeof value === "string") return "text";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "keys and values" : `a ${typeof value}`;
}

/** The name of a project's settings file in `$PULUMI_HOME/workspaces`. */
export function workspaceFileName(project: Project): string {
  const hash = createHash("sha1").update(realpathSync(project.file)).digest("hex");
  return `${project.name}-${hash}-workspace.json`;
}
