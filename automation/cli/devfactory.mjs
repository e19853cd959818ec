#!/usr/bin/env node
// Starts the command line on the Node that the project brings, whatever Node the shell has.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import module, { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
if (Number(process.versions.node.split(".")[0]) >= 24) {
  module.enableCompileCache(); // loading the code is most of what a short command does
  await import("./main.ts");
} else {
  const node = join(dirname(createRequire(import.meta.url).resolve("node/package.json")), "bin", "node");
  if (!existsSync(node)) {
    console.error("Node 24 is not installed here: run `npm ci` in the checkout first.");
    process.exit(1);
  }
  const cache = process.env.NODE_COMPILE_CACHE ?? join(tmpdir(), "node-compile-cache");
  const env = { ...process.env, NODE_COMPILE_CACHE: cache, PATH: `${dirname(node)}:${process.env.PATH}` };
  process.exit(
    spawnSync(node, [join(here, "main.ts"), ...process.argv.slice(2)], { stdio: "inherit", env }).status ?? 1,
  );
}
