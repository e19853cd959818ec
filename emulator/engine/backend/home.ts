import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { type Project, workspaceFileName } from "./project.ts";

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

function readJson<T>(file: string): T | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as T) : undefined;
}

function writeJson(file: string, content: unknown): void {
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, JSON.stringify(content, null, 4), { mode: 0o600 });
  renameSync(temporary, file); // two CLIs may write at once: a reader must never see half a file
}
