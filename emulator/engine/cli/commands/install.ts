import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { requireProject } from "../../backend/project.ts";
import { EngineError, EXIT } from "../../engineError.ts";
import { eachLine } from "../../plugins/launch.ts";
import { programPlace } from "../../program/onDisk.ts";
import type { CommandCall } from "../command.ts";

/** `install`: the program's npm dependencies, when they are not there. Plugins are not downloaded. */
export async function run({ context, flags }: CommandCall): Promise<number> {
  const { folder } = programPlace(requireProject(context.cwd));
  const needed =
    existsSync(join(folder, "package.json")) && (flags.on("reinstall") || !existsSync(join(folder, "node_modules")));
  if (flags.on("no-dependencies") || !needed) return EXIT.ok;
  context.out("Installing dependencies...\n\n");
  const child = spawn("npm", ["install", "--loglevel=error"], {
    cwd: folder,
    env: context.env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  eachLine(child.stdout, (line) => context.out(`${line}\n`));
  eachLine(child.stderr, (line) => context.err(`${line}\n`));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0)
    throw new EngineError(
      "installing dependencies failed; rerun manually to try again, then run `pulumi up` to perform an initial deployment",
    );
  context.out("Finished installing dependencies\n");
  return EXIT.ok;
}
