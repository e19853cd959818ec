import { accessSync, constants, readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import semver from "semver";
import { homeFolder } from "../backend/home.ts";
import { EngineError } from "../engineError.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where a provider is: it runs already, or is started. */
export type PluginLocation =
  | { readonly kind: "attached"; readonly address: string }
  | { readonly kind: "executable"; readonly path: string; readonly args: readonly string[] };

/** Where the program is that wants a provider, and what its environment says. */
export interface PluginSearch {
  readonly env: Environment;
  readonly programDirectory: string;
}

/** The package of dynamic providers, which live in the program's own code: its plugin comes with the program's SDK. */
const DYNAMIC = "pulumi-nodejs";

/** A plugin in `$PULUMI_HOME/plugins`. */
export interface InstalledPlugin {
  readonly name: string;
  readonly kind: string;
  readonly version: string;
  readonly path: string;
}

/**
 * Finds a resource provider: `PULUMI_DEBUG_PROVIDERS` (`a:1234,b:1235`), then `pulumi-resource-PKG` on PATH, then the
 * best installed version: the wanted one, else the newest. The one of dynamic providers comes with the program's SDK.
 *
 * @throws EngineError with the CLI's text when there is none
 */
export function findProvider(name: string, version: string, { env, programDirectory }: PluginSearch): PluginLocation {
  const port = attachedPort(name, env.PULUMI_DEBUG_PROVIDERS ?? "");
  if (port !== undefined) return { kind: "attached", address: `127.0.0.1:${port}` };
  const executable = `pulumi-resource-${name}`;
  for (const folder of (env.PATH ?? "").split(delimiter)) {
    const path = join(folder, executable);
    if (folder !== "" && isExecutable(path)) return { kind: "executable", path, args: [] };
  }
  const dynamic = name === DYNAMIC ? dynamicProvider(programDirectory) : undefined;
  if (dynamic) return { kind: "executable", path: process.execPath, args: [dynamic] };
  const installed = installedPlugins(env).filter((plugin) => plugin.kind === "resource" && plugin.name === name);
  const wanted = installed.find((plugin) => plugin.version === version);
  const newest = installed.toSorted((left, right) => semver.rcompare(left.version, right.version))[0];
  const chosen = wanted ?? newest;
  if (chosen) return { kind: "executable", path: join(chosen.path, executable), args: [] };
  const wish = version ? `${name}-v${version}` : name;
  throw new EngineError(
    `no resource plugin 'pulumi-resource-${name}' found in the workspace${version ? ` at version v${version}` : ""} or on your $PATH, ` +
      `install the plugin using \`pulumi plugin install resource ${wish.replace("-v", " v")}\``,
  );
}

/** All plugins in `$PULUMI_HOME/plugins/KIND-NAME-vVERSION`. */
export function installedPlugins(env: Environment): readonly InstalledPlugin[] {
  const folder = join(homeFolder(env), "plugins");
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch {
    return []; // no plugin was ever installed
  }
  return names.flatMap((entry) => {
    const match = /^(resource|language|analyzer|converter|tool)-(.+)-v(\d+\.\d+\.\d+.*)$/.exec(entry);
    const [, kind = "", name = "", version = ""] = match ?? [];
    return match && statSync(join(folder, entry)).isDirectory()
      ? [{ name, kind, version, path: join(folder, entry) }]
      : [];
  });
}

function dynamicProvider(programDirectory: string): string | undefined {
  try {
    return createRequire(join(programDirectory, "package.json")).resolve("@pulumi/pulumi/cmd/dynamic-provider");
  } catch {
    return undefined; // no SDK there
  }
}

function attachedPort(name: string, setting: string): number | undefined {
  for (const entry of setting.split(",")) {
    const [provider, port] = entry.split(":");
    if (provider?.trim() === name && port) return Number(port);
  }
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // absent, or not ours to run
  }
}
