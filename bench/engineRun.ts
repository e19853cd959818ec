import { type ChildProcess, spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { RecordingMonitor } from "../emulator/engine/testing/recordingMonitor.ts";
import { TestProvider } from "../emulator/engine/testing/testProvider.ts";

const ENGINE = resolve(import.meta.dirname, "../emulator/engine");
const PULUMI = join(ENGINE, "bin", "pulumi");
const RELAY = join(import.meta.dirname, "relay.ts");
const WATCH_MS = 5;

/** What a command took and left. */
export interface Phase {
  readonly ms: number;
  /** Peak memory of the engine's process. */
  readonly peakMb: number;
  /** Bytes written to the state folder: checkpoint, its copies, history, journal. */
  readonly bytes: number;
}

export const PHASES = ["up", "same", "change", "destroy"] as const;

/**
 * A stack of `count` resources: the program alone against a monitor that only records, the program under a bare relay to
 * the provider, then each phase. Milliseconds.
 */
export type Round = { readonly alone: number; readonly relay: number } & Readonly<
  Record<(typeof PHASES)[number], Phase>
>;

const PROGRAM = `import { Thing } from "../thing.ts";
const count = Number(process.env.COUNT);
const changed = Number(process.env.CHANGED);
for (let index = 0; index < count; index += 1) new Thing("thing-" + index, { value: index < changed ? -1 : index });
`;

/** Makes the folder of the program. */
export function makeProgram(): string {
  const folder = mkdtempSync(join(tmpdir(), "bench-engine-"));
  mkdirSync(join(folder, "program"));
  writeFileSync(join(folder, "program", "index.ts"), PROGRAM);
  cpSync(join(ENGINE, "testing", "thing.ts"), join(folder, "thing.ts"));
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  const options = "runtime: { name: nodejs, options: { typescript: false } }\nmain: index.ts\n";
  writeFileSync(join(folder, "program", "Pulumi.yaml"), `name: bench\n${options}`);
  symlinkSync(join(ENGINE, "..", "..", "node_modules"), join(folder, "node_modules"));
  return folder;
}

/** One life of a stack, beside the program alone. */
export async function round(folder: string, count: number): Promise<Round> {
  const provider = new TestProvider();
  const port = await provider.start();
  const monitor = new RecordingMonitor();
  const address = await monitor.start();
  const state = mkdtempSync(join(tmpdir(), "bench-state-"));
  const program = join(folder, "program");
  const env = {
    ...process.env,
    COUNT: String(count),
    CHANGED: "0",
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: "bench",
    PULUMI_HOME: join(state, "home"),
    PULUMI_DEBUG_PROVIDERS: `test:${port}`,
    NODE_COMPILE_CACHE: join(folder, "compile-cache"), // the engine gives its programs one too
  };
  const phase = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    measure(state, PULUMI, [...args, "--stack", "dev"], program, { ...env, ...more });
  const runner = join(folder, "node_modules/@pulumi/pulumi/cmd/run");
  const services = ["--monitor", address, "--engine", address];
  const facts = ["--organization", "organization", "--project", "bench"];
  const place = [
    ...facts,
    "--root-directory",
    program,
    "--stack",
    "dev",
    "--pwd",
    program,
    "--parallel",
    "8",
    "index.ts",
  ];
  const node = (args: readonly string[]) => measure(state, process.execPath, args, program, env);
  const yes = ["--yes", "--skip-preview"];
  try {
    await phase(["stack", "init"]);
    return {
      alone: (await node([runner, ...services, ...place])).ms,
      relay: (await node([RELAY, String(port), runner, ...place])).ms,
      up: await phase(["up", ...yes]),
      same: await phase(["up", ...yes]),
      change: await phase(["up", ...yes], { CHANGED: "1" }),
      destroy: await phase(["destroy", ...yes]),
    };
  } finally {
    monitor.stop();
    provider.stop();
    rmSync(state, { recursive: true, force: true });
  }
}

/** Milliseconds of a command that needs no stack. */
export async function startMs(folder: string, args: readonly string[]): Promise<number> {
  const env = { ...process.env, PULUMI_BACKEND_URL: `file://${folder}`, PULUMI_HOME: join(folder, "home") };
  return (await measure(folder, PULUMI, args, join(folder, "program"), env)).ms;
}

async function measure(
  state: string,
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<Phase> {
  const before = filesOf(state);
  const journal = join(state, ".pulumi", "stacks", "bench", "dev.journal");
  const kept = join(state, "journal");
  rmSync(kept, { force: true });
  const begin = performance.now();
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "ignore", "inherit"] });
  let peakMb = 0;
  const watch = setInterval(() => {
    peakMb = Math.max(peakMb, memoryMb(child));
    // A second name for the journal: it still tells its length when the engine has removed it.
    if (!existsSync(kept) && existsSync(journal)) linkQuietly(journal, kept);
  }, WATCH_MS);
  const code = await new Promise((done) => child.on("close", done));
  const ms = performance.now() - begin;
  clearInterval(watch);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")}: ${code}`);
  const written = [...filesOf(state)].filter(([path, { ino, mtimeMs }]) => {
    const old = before.get(path);
    return old === undefined || old.ino !== ino || old.mtimeMs !== mtimeMs;
  });
  return { ms, peakMb, bytes: written.reduce((sum, [, { size }]) => sum + size, 0) };
}

function filesOf(
  folder: string,
): Map<string, { readonly size: number; readonly ino: number; readonly mtimeMs: number }> {
  const found = new Map<string, { readonly size: number; readonly ino: number; readonly mtimeMs: number }>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !path.includes("/home/")) found.set(path, statSync(path));
  }
  return found;
}

function memoryMb({ pid }: ChildProcess): number {
  try {
    const text = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/VmHWM:\s+(\d+) kB/.exec(text)?.[1] ?? 0) / 1024;
  } catch {
    return 0; // it has just ended, or there is no /proc here
  }
}

function linkQuietly(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    // removed in between: the next look finds it, or there was nothing to see
  }
}
