import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parseJson } from "./parseJson.ts";
import { type Project, workspaceFileName } from "./project.ts";
import { replaceFile } from "./replaceFile.ts";
import { fileProblem, isAbsent } from "./storeProblem.ts";

type Environment = Readonly<Record<string, string | undefined>>;

interface Credentials {
  current?: string;
  accessTokens?: Record<string, string>;
  accounts?: Record<string, unknown>;
}

/** The folder of the user's settings: `PULUMI_HOME`, else `~/.pulumi`. */
export function homeFolder(env: Environment): string {
  return env.PULUMI_HOME || join(env.HOME || homedir(), ".pulumi");
}

/** The backend to use: environment, then project file, then the last login. */
export function backendUrl(env: Environment, project: Project | undefined): string | undefined {
  return env.PULUMI_BACKEND_URL || project?.backendUrl || readCredentials(env).current || undefined;
}

/** Remembers a login; `undefined` forgets the current one. */
export function setCurrentBackend(env: Environment, url: string | undefined): void {
  const { current: _, ...others } = readCredentials(env);
  const credentials: Credentials = url
    ? { ...others, current: url, accessTokens: { ...others.accessTokens, [url]: "" } }
    : others;
  writeJson(join(homeFolder(env), "credentials.json"), credentials);
}

/** Forgets all logins. */
export function clearCredentials(env: Environment): void {
  writeJson(join(homeFolder(env), "credentials.json"), {});
}

function readCredentials(env: Environment): Credentials {
  return readJson<Credentials>(join(homeFolder(env), "credentials.json")) ?? {};
}

interface WorkspaceSettings {
  /** Older CLIs keep one name here. */
  readonly stack?: string;
  /** Full stack name by backend URL. */
  readonly stacks?: Readonly<Record<string, string>>;
}

/** The stack that was selected in this project, as its full name. */
export function selectedStack(env: Environment, project: Project, url: string): string | undefined {
  const settings = readJson<WorkspaceSettings>(join(homeFolder(env), "workspaces", workspaceFileName(project)));
  return settings?.stacks?.[url] ?? (settings?.stack || undefined);
}

/** Selects a stack in this project; `undefined` selects none. */
export function selectStack(env: Environment, project: Project, url: string, name: string | undefined): void {
  const file = join(homeFolder(env), "workspaces", workspaceFileName(project));
  const { [url]: _, ...stacks } = readJson<WorkspaceSettings>(file)?.stacks ?? {};
  writeJson(file, { stacks: name ? { ...stacks, [url]: name } : stacks });
}

function readJson<T extends object>(file: string): T | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw fileProblem("read", file, error);
  }
  return parseJson<T>(text, file, "It holds choices only: delete it, then log in or select the stack again.");
}

/** Two CLIs may write at once: a reader must never see half a file. */
function writeJson(file: string, content: unknown): void {
  replaceFile(file, JSON.stringify(content, null, 4));
}
