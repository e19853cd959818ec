import { spawn } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { Project } from "../backend/project.ts";
import { ORGANIZATION } from "../backend/stackReference.ts";
import { EngineError } from "../engineError.ts";
import { eachLine, endWithProcess, stopProcess } from "../plugins/launch.ts";
import type { ProgramOptions, ProgramOutcome, RunningProgram } from "./run.ts";

/** cmd/run ends with this code when it has already shown its error. */
const ALREADY_REPORTED = 32;

/** Where a project's program is: the folder it runs in, and what to load there. */
export interface ProgramPlace {
  readonly folder: string;
  readonly entry: string;
}

/** `main` of the project: a folder, a file, or nothing for the project's own folder. */
export function programPlace(project: Project): ProgramPlace {
  if (!project.main) return { folder: project.root, entry: "." };
  const path = resolve(project.root, project.main);
  if (existsSync(path) && statSync(path).isDirectory()) return { folder: path, entry: "." };
  return { folder: project.root, entry: project.main };
}

/** A resource package that a program's dependencies name. */
export interface RequiredPackage {
  readonly name: string;
  readonly version: string;
}

/** Packages among a program's direct npm dependencies that come with a resource plugin. */
export function requiredPackages(folder: string): readonly RequiredPackage[] {
  const manifest = readManifest(join(folder, "package.json"));
  const require = createRequire(join(folder, "package.json"));
  return Object.keys(manifest?.dependencies ?? {}).flatMap((dependency) => {
    for (const modules of require.resolve.paths(dependency) ?? []) {
      const found = readManifest(join(modules, dependency, "package.json"));
      if (!found) continue;
      const { pulumi } = found;
      if (!pulumi?.resource) return [];
      const name = pulumi.name ?? dependency.replace(/^@[^/]+\//, "");
      return [{ name, version: (pulumi.version ?? found.version ?? "").replace(/^v/, "") }];
    }
    return [];
  });
}

interface Manifest {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly pulumi?: { readonly resource?: boolean; readonly name?: string; readonly version?: string };
}

function readManifest(path: string): Manifest | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Manifest) : undefined;
}

/**
 * Starts a Node.js program under the SDK's own runner, with the Node that the engine runs on.
 *
 * @throws EngineError for other runtimes and when the SDK is not installed in the program's folder
 */
export function startOnDisk(options: ProgramOptions): RunningProgram {
  const { project, stack, preview, parallel, address } = options;
  if (project.runtime !== "nodejs")
    throw new EngineError(`the runtime '${project.runtime}' is not supported by this engine: only nodejs is`);
  const { folder, entry } = programPlace(project);
  const settings = project.runtimeOptions;
  const nodeArgs = typeof settings.nodeargs === "string" ? settings.nodeargs.split(/\s+/).filter(Boolean) : [];
  const args = [
    ...nodeArgs,
    runner(folder),
    ...["--monitor", address, "--engine", address, "--organization", ORGANIZATION, "--project", project.name],
    ...["--root-directory", project.root, "--stack", stack, "--pwd", folder],
    ...(preview ? ["--dry-run"] : []),
    ...["--parallel", String(parallel), entry],
  ];
  const env: Record<string, string | undefined> = {
    NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache"), // a second run loads the SDKs in half the time
    ...options.env,
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(options.config)),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(options.secretKeys),
  };
  delete env.PULUMI_NODEJS_TYPESCRIPT;
  if (settings.typescript !== false) env.PULUMI_NODEJS_TYPESCRIPT = "true";
  if (typeof settings.tsconfig === "string") env.PULUMI_NODEJS_TSCONFIG_PATH = resolve(project.root, settings.tsconfig);
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  endWithProcess(child);
  eachLine(child.stdout, (line) => options.onOutput(line, "stdout"));
  eachLine(child.stderr, (line) => options.onOutput(line, "stderr"));
  const { promise, resolve: end, reject } = Promise.withResolvers<ProgramOutcome>();
  child.once("error", (error) => reject(new EngineError(`could not start the program: ${error.message}`)));
  child.once("close", (code, signal) => end(outcomeOf(code, signal)));
  return { ended: promise, stop: () => stopProcess(child) };
}

function outcomeOf(code: number | null, signal: NodeJS.Signals | null): ProgramOutcome {
  if (code === 0) return { status: "ok" };
  if (code === ALREADY_REPORTED) return { status: "failed", message: undefined };
  const what = signal ? `Program was ended by signal ${signal}` : `Program exited with non-zero exit code: ${code}`;
  return { status: "failed", message: what };
}

function runner(folder: string): string {
  try {
    return createRequire(join(folder, "package.json")).resolve("@pulumi/pulumi/cmd/run");
  } catch (error) {
    throw new EngineError(
      `It looks like the Pulumi SDK has not been installed. Have you run npm install or yarn install? (no @pulumi/pulumi in ${dirname(join(folder, "x"))})`,
      1,
      { cause: error },
    );
  }
}
