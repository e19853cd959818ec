import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { hasBubblewrap, npmCli, runInSandbox } from "./runInSandbox.ts";

/** A finished install, or what npm said instead. */
export type Install =
  | { readonly ok: true; readonly modules: string; readonly cached: boolean; readonly template?: string }
  | { readonly ok: false; readonly output: string };

/** Folder of installs that are shared between apps: DEVFACTORY_CACHE, else below the system's temporary folder. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.DEVFACTORY_CACHE ?? join(tmpdir(), "devfactory-cache"), "node-modules");
}

/** npm's own cache beside it. Image builds of the local target use the same: what was downloaded once is not downloaded again. */
function npmCacheFolder(cache: string): string {
  return join(dirname(cache), "npm");
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
  const found = (cached: boolean): Install => {
    const template = join(cache, key, TEMPLATE);
    return { ok: true, modules, cached, ...(existsSync(template) ? { template } : {}) };
  };
  if (existsSync(modules)) return found(true);
  const npmCache = npmCacheFolder(cache);
  for (const each of [cache, npmCache]) await mkdir(each, { recursive: true });
  const folder = await mkdtemp(join(cache, "install-"));
  try {
    await writeFile(join(folder, "package.json"), manifest);
    await writeFile(join(folder, "package-lock.json"), lock);
    const authority = await registryAuthority();
    const result = await runInSandbox({
      workdir: folder,
      command: await npmCommand(),
      network: "registry",
      limits: { seconds: 180, fileMb: 512 },
      ...(authority.mounts ? { mounts: authority.mounts } : {}),
      env: { ...registryEnv(), ...authority.env, npm_config_cache: npmCache, npm_config_prefer_offline: "true" },
      writable: npmCache,
      ...(signal ? { signal } : {}),
    });
    if (result.exitCode !== 0) return { ok: false, output: `${result.stdout}\n${result.stderr}`.trim().slice(-4000) };
    await mkdir(join(folder, "node_modules"), { recursive: true });
    if (existsSync(join(folder, "node_modules/@electric-sql/pglite"))) await makeTemplate(folder, signal);
    await rename(folder, join(cache, key)).catch(async (error: unknown) => {
      if (!existsSync(modules)) throw error; // else another install was faster
    });
    return found(false);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const TEMPLATE = "pglite.tar";

/** An empty local database, made once: the tests of every app start from it. Without it they make their own. */
async function makeTemplate(folder: string, signal?: AbortSignal): Promise<void> {
  const program = `import { writeFileSync } from "node:fs";
import { PGlite } from "@electric-sql/pglite";
const database = await PGlite.create("memory://");
writeFileSync("${TEMPLATE}.new", Buffer.from(await (await database.dumpDataDir("none")).arrayBuffer()));
process.exit(0);`;
  const node = (await hasBubblewrap()) ? "/runtime/bin/node" : process.execPath;
  const command = [node, "--input-type=module", "--eval", program];
  const result = await runInSandbox({ workdir: folder, command, network: "none", ...(signal ? { signal } : {}) });
  if (result.exitCode === 0) await rename(join(folder, `${TEMPLATE}.new`), join(folder, TEMPLATE));
}

async function npmCommand(): Promise<string[]> {
  const wrapped = await hasBubblewrap();
  const program = wrapped ? ["/runtime/bin/node", "/runtime/npm/bin/npm-cli.js"] : [process.execPath, npmCli()];
  return [...program, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"];
}

/** Where the registry is, and how to reach it: the only settings of the host that an install gets. */
function registryEnv(): Record<string, string> {
  const names = [
    "npm_config_registry",
    "npm_config_https_proxy",
    "npm_config_proxy",
    "npm_config_noproxy",
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

const AUTHORITY_INSIDE = "/runtime/registry-ca.pem";

/** The authority that signs for the registry where a proxy inspects connections: DEVFACTORY_REGISTRY_CA, else what Node trusts. */
async function registryAuthority(): Promise<{ mounts?: Record<string, string>; env: Record<string, string> }> {
  const file = process.env.DEVFACTORY_REGISTRY_CA || process.env.NODE_EXTRA_CA_CERTS;
  if (!file || !existsSync(file)) return { env: {} };
  if (!(await hasBubblewrap())) return { env: { NODE_EXTRA_CA_CERTS: file } };
  return { mounts: { [AUTHORITY_INSIDE]: file }, env: { NODE_EXTRA_CA_CERTS: AUTHORITY_INSIDE } };
}
