import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, readlinkSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import type { Binaries } from "./binaries.ts";
import { SUPERUSER } from "./bootstrap.ts";
import { ownFolder, type RunAs, spawnOptions } from "./runAs.ts";

/** Postgres names its socket after a port, even when it opens none. */
const PORT = 5432;
const READY_MS = 30_000;
/** First shutdown asks (fast shutdown), then Postgres must stop within this time. */
const STOP_MS = 15_000;

/**
 * Runs Postgres as its child and asks it to stop (SIGINT: fast shutdown) as soon as standard input closes, which happens when the
 * emulator dies in whatever way.
 */
const SUPERVISOR = `exec 3<&0
"$@" </dev/null &
server=$!
( read -r line <&3; kill -INT $server ) &
watch=$!
wait $server
code=$?
kill $watch 2>/dev/null
exit $code`;

export interface ClusterOptions {
  /** Postgres data folder. */
  readonly dataDir: string;
  /** Private folder for the Unix socket; the path must stay below about 90 characters. */
  readonly socketDir: string;
  readonly binaries: Binaries;
  readonly runAs: RunAs;
  readonly log: (message: string) => void;
}

/** One Postgres server process on a Unix socket, started again when it dies by itself. */
export class Cluster {
  readonly #options: ClusterOptions;
  readonly #pools = new Map<string, pg.Pool>();
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #wanted = false;
  #started: Promise<void> | undefined;

  constructor(options: ClusterOptions) {
    this.#options = options;
  }

  /** Path for `net.connect`. */
  get socketPath(): string {
    return join(this.#options.socketDir, `.s.PGSQL.${PORT}`);
  }

  get running(): boolean {
    return this.#wanted && this.#child !== undefined;
  }

  /** Starts the server and waits until it accepts connections; takes over from a server that an earlier emulator left behind. */
  start(): Promise<void> {
    this.#started ??= this.#begin().catch(async (error: unknown) => {
      await this.stop();
      throw error;
    });
    return this.#started;
  }

  /** Stops cleanly: open transactions are rolled back, connections closed, the state flushed. */
  async stop(): Promise<void> {
    this.#wanted = false;
    this.#started = undefined;
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.end()));
    this.#child?.stdin?.end("\n");
    const stopped = await Promise.race([this.#ended.then(() => true), delay(STOP_MS, false, { ref: false })]);
    if (!stopped) await endLeftOver(this.#options.dataDir);
    await this.#ended;
    rmSync(this.#options.socketDir, { recursive: true, force: true });
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Runs one statement as the superuser. */
  async query(sql: string, values: readonly unknown[] = [], database = "postgres"): Promise<readonly Row[]> {
    const result = await this.#pool(database).query<Row>(sql, [...values]);
    return result.rows;
  }

  /** Closes the superuser's own connections to a database, which would keep it from being dropped. */
  async release(database: string): Promise<void> {
    const pool = this.#pools.get(database);
    this.#pools.delete(database);
    await pool?.end();
  }

  async #begin(): Promise<void> {
    this.#wanted = true;
    await endLeftOver(this.#options.dataDir);
    await ownFolder(this.#options.runAs, this.#options.socketDir);
    this.#launch();
    await this.#ready();
  }

  #pool(database: string): pg.Pool {
    const found = this.#pools.get(database);
    if (found) return found;
    const host = this.#options.socketDir;
    const pool = new pg.Pool({
      host,
      port: PORT,
      user: SUPERUSER,
      database,
      max: 2,
      idleTimeoutMillis: 5000,
      allowExitOnIdle: true,
    });
    pool.on("error", (error) => this.#options.log(`connection lost: ${error.message}`)); // the server went away; the next query reconnects
    this.#pools.set(database, pool);
    return pool;
  }

  #launch(): void {
    const { binaries, dataDir, socketDir, runAs, log } = this.#options;
    const server = [binaries.postgres, "-D", dataDir, "-k", socketDir, "-p", String(PORT)];
    const [program = "sh", ...rest] = [...runAs.prefix, "sh", "-c", SUPERVISOR, "postgres", ...server];
    const child = spawn(program, rest, {
      ...spawnOptions(runAs),
      env: { PATH: process.env.PATH, LC_ALL: "C" },
      stdio: ["pipe", "ignore", "pipe"],
      detached: true, // Ctrl-C in the terminal must reach the emulator alone, which then stops the server in order
    });
    this.#child = child;
    child.stdin?.on("error", () => {}); // EPIPE: it has ended already
    child.stderr?.setEncoding("utf8").on("data", (text: string) => log(text.trimEnd()));
    this.#ended = new Promise((resolve) => {
      child.once("error", (error) => log(`not started: ${error.message}`));
      child.once("close", (code) => {
        this.#child = undefined;
        resolve();
        if (this.#wanted) void this.#revive(code);
      });
    });
  }

  async #revive(code: number | null): Promise<void> {
    this.#options.log(`ended by itself with code ${code}; starting it again`);
    await delay(500, undefined, { ref: false });
    if (!this.#wanted || this.#child) return;
    await endLeftOver(this.#options.dataDir);
    this.#launch();
  }

  async #ready(): Promise<void> {
    const until = Date.now() + READY_MS;
    while (!isReady(this.#options.dataDir)) {
      if (Date.now() > until)
        throw new Error(`Postgres in ${this.#options.dataDir} was not ready after ${READY_MS} ms.`);
      await delay(10);
    }
  }
}

export type Row = Readonly<Record<string, unknown>>;

/** Line 8 of `postmaster.pid` tells the state of the server. */
function isReady(dataDir: string): boolean {
  return pidFile(dataDir)[7]?.startsWith("ready") ?? false;
}

function pidFile(dataDir: string): readonly string[] {
  const path = join(dataDir, "postmaster.pid");
  try {
    return readFileSync(path, "utf8").split("\n");
  } catch {
    return []; // absent: no server, or one that has just ended
  }
}

/**
 * After a kill the pid file is still there. Its process may be a server that is still shutting down (waited for, then ended by force),
 * long gone, or by now somebody else's: Postgres itself would then refuse to start.
 */
async function endLeftOver(dataDir: string): Promise<void> {
  if (!existsSync(join(dataDir, "postmaster.pid"))) return;
  const pid = Number(pidFile(dataDir)[0]);
  for (const { signal, waitMs } of [
    { signal: "SIGINT", waitMs: 10_000 },
    { signal: "SIGQUIT", waitMs: 3000 },
    { signal: "SIGKILL", waitMs: 3000 },
  ] as const) {
    if (!servesFolder(pid, dataDir)) break;
    process.kill(pid, signal);
    const until = Date.now() + waitMs;
    while (servesFolder(pid, dataDir) && Date.now() < until) await delay(20);
  }
  rmSync(join(dataDir, "postmaster.pid"), { force: true });
}

/** A server's working folder is its data folder. Where the system does not tell, Postgres' own check has the last word. */
function servesFolder(pid: number, dataDir: string): boolean {
  try {
    return Number.isInteger(pid) && pid > 1 && readlinkSync(`/proc/${pid}/cwd`) === realpathSync(dataDir);
  } catch {
    return false;
  }
}
