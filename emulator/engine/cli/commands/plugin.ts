import { existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import semver from "semver";
import { homeFolder } from "../../backend/home.ts";
import { EngineError, EXIT } from "../../engineError.ts";
import { installedPlugins } from "../../plugins/discover.ts";
import type { CommandCall } from "../command.ts";

/** `plugin ls`. */
export async function list({ context, flags }: CommandCall): Promise<number> {
  const plugins = installedPlugins(context.env).map(({ name, kind, version, path }) => ({
    name,
    kind,
    version,
    size: 0,
    installTime: statSync(path).mtime.toISOString(),
    lastUsedTime: statSync(path).atime.toISOString(),
  }));
  if (flags.on("json")) context.out(`${JSON.stringify(plugins, null, 2)}\n`);
  else {
    context.out("NAME  KIND  VERSION\n");
    for (const { name, kind, version } of plugins) context.out(`${name}  ${kind}  ${version}\n`);
  }
  return EXIT.ok;
}

/**
 * `plugin install KIND NAME VERSION`: this engine downloads nothing. What is wanted is recorded as an empty folder (so
 * that `plugin ls` and `plugin rm` know it); the executable comes from PATH, `PULUMI_DEBUG_PROVIDERS` or by hand.
 */
export async function install({ context, args }: CommandCall): Promise<number> {
  const [kind, name, version] = args;
  if (!kind || !name || !version)
    throw new EngineError("plugin kind, name and version are required", EXIT.configuration);
  const folder = join(homeFolder(context.env), "plugins", `${kind}-${name}-v${version.replace(/^v/, "")}`);
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
  context.out(`[${kind} plugin ${name}-${version.replace(/^v/, "")}] recorded; this engine downloads no plugins\n`);
  return EXIT.ok;
}

/** `plugin rm [KIND [NAME [RANGE]]]`. */
export async function remove({ context, args, flags }: CommandCall): Promise<number> {
  const [kind, name, range] = args;
  if (!flags.on("yes") && !context.ask)
    throw new EngineError(
      "--yes must be passed in to proceed when running in non-interactive mode",
      EXIT.configuration,
    );
  if (!kind && !flags.on("all"))
    throw new EngineError("please pass --all if you'd like to remove all plugins", EXIT.configuration);
  for (const plugin of installedPlugins(context.env)) {
    const fits =
      (!kind || plugin.kind === kind) &&
      (!name || plugin.name === name) &&
      (!range || semver.satisfies(plugin.version, range));
    if (!fits) continue;
    rmSync(plugin.path, { recursive: true });
    context.out(`removed: ${plugin.kind} ${plugin.name}-v${plugin.version}\n`);
  }
  return EXIT.ok;
}
