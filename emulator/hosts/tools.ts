import { existsSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

/** Finds a program on PATH, or in the usual system folders. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/bin", "/bin", "/usr/sbin"];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** The machine's npm as a folder (the one that holds `bin/npm-cli.js`); `undefined` when npm is not installed. */
export function findNpm(): string | undefined {
  const onPath = findProgram("npm");
  const candidates = [
    process.env.npm_execpath, // set by npm for what it starts
    join(dirname(process.execPath), "../lib/node_modules/npm/bin/npm-cli.js"),
    onPath && realpathSync(onPath),
  ];
  const cli = candidates.find((path) => path?.endsWith("npm-cli.js") && existsSync(path));
  return cli && dirname(dirname(realpathSync(cli)));
}
