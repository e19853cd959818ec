import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { npmCli, runInSandbox } from "./runInSandbox.ts";

/** A finished install, or what npm said instead. */
export type Install =
  | { readonly ok: true; readonly modules: string; readonly cached: boolean }
  | { readonly ok: false; readonly output: string };

/** Folder of installs that are shared between apps: DEVFACTORY_CACHE, else below the system's temporary folder. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.DEVFACTORY_CACHE ?? join(tmpdir(), "devfactory-cache"), "node-modules");
}

/**
 * The `node_modules` that a lock file stands for: installed once with `npm ci --ignore-scripts` in a sandbox that reaches the
 * registry and sees nothing else of the app, then found by the hash of the lock file.
 *
 * @param workdir app with package.json and package-lock.json
 */
export async function dependencies(
  workdir: string,
  signal?: AbortSignal,
  cache: string = cacheFolder(),
): Promise<Install> {
  const manifest = await readFile(join(workdir, "package.json"));
  const lock = await readFile(join(workdir, "package-lock.json"));
  const key = createHash("sha256")
    .update(manifest)
    .update("\0")
    .update(lock)
    .update(process.version)
    .digest("hex")
    .slice(0, 32);
  const modules = join(cache, key, "node_modules");
  if (existsSync(modules)) return { ok: true, modules, cached: true };
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, "install-"));
  try {
    await writeFile(join(folder, "package.json"), manifest);
    await writeFile(join(folder, "package-lock.json"), lock);
    const result = await runInSandbox({
      workdir: folder,
      command: await npmCommand(),
      network: "registry",
      limits: { seconds: 180, fileMb: 512 },
      env: registryEnv(),
      ...(signal ? { signal } : {}),
    });
    if (result.exitCode !== 0) return { ok: false, output: `${result.stdout}\n${result.stderr}`.trim().slice(-4000) };
    await mkdir(join(folder, "node_modules"), { recursive: true });
    await rename(folder, join(cache, key)).catch(async (error: unknown) => {
      if (!existsSync(modules)) throw error; // else another install was faster
    });
    return { ok: true, modules, cached: false };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function npmCommand(): Promise<string[]> {
  const { hasBubblewrap } = await import("./runInSandbox.ts");
  const wrapped = await hasBubblewrap();
  const program = wrapped ? ["/runtime/bin/node", "/runtime/npm/bin/npm-cli.js"] : [process.execPath, npmCli()];
  return [...program, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"];
}

/** Where the registry is, and how to reach it: the only settings of the host that an install gets. */
function registryEnv(): Record<string, string> {
  const names = [
    "NODE_EXTRA_CA_CERTS",
    "npm_config_registry",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "https_proxy",
    "http_proxy",
    "no_proxy",
  ];
  const found = names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []));
  return Object.fromEntries(found);
}
