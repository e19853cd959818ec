import { execFile } from "node:child_process";
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { cp, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Binaries } from "./binaries.ts";
import { BOOTSTRAP_SQL, EXTENSION_GATE_SQL, PG_HBA_CONF, POSTGRESQL_CONF, SUPERUSER } from "./bootstrap.ts";
import { Cluster } from "./cluster.ts";
import { ownFolder, type RunAs, spawnOptions } from "./runAs.ts";

const execute = promisify(execFile);

/** Makes data folders of new servers by copying one that was initialised once. */
export class Template {
  readonly #folder: string;
  readonly #binaries: Binaries;
  readonly #runAs: RunAs;
  #made: Promise<void> | undefined;

  /** @param folder parent of the template; the template is made at the first copy */
  constructor(folder: string, binaries: Binaries, runAs: RunAs) {
    this.#folder = folder;
    this.#binaries = binaries;
    this.#runAs = runAs;
  }

  /** Copies the template to `target`; the folder appears under its name only when it is whole. */
  async copyTo(target: string): Promise<void> {
    this.#made ??= this.#make().catch((error: unknown) => {
      this.#made = undefined; // the next server tries again
      throw error;
    });
    await this.#made;
    const partial = `${target}.partial`;
    await rm(partial, { recursive: true, force: true });
    if (process.platform === "win32") await cp(this.#path, partial, { recursive: true });
    else await execute("cp", ["-a", this.#path, partial]); // ten times as fast as one file after the other; keeps owners
    await rename(partial, target);
  }

  get #path(): string {
    return join(this.#folder, "template");
  }

  async #make(): Promise<void> {
    if (existsSync(this.#path)) return;
    const partial = `${this.#path}.partial`;
    await rm(partial, { recursive: true, force: true });
    await mkdir(this.#folder, { recursive: true });
    await ownFolder(this.#runAs, partial);
    await this.#initialise(partial);
    writeFileSync(join(partial, "pg_hba.conf"), PG_HBA_CONF);
    appendFileSync(join(partial, "postgresql.conf"), POSTGRESQL_CONF);
    await this.#fill(partial);
    await rename(partial, this.#path);
  }

  async #initialise(dataDir: string): Promise<void> {
    const options = [
      ...["-D", dataDir, "-U", SUPERUSER, "--auth=trust", "-E", "UTF8", "--wal-segsize=1", "--no-sync"],
      ...["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"],
    ];
    const [program = "", ...rest] = [...this.#runAs.prefix, this.#binaries.initdb, ...options];
    await execute(program, rest, { ...spawnOptions(this.#runAs), env: { PATH: process.env.PATH, LC_ALL: "C" } });
  }

  async #fill(dataDir: string): Promise<void> {
    const socketDir = join(dataDir, "run");
    const cluster = new Cluster({ dataDir, socketDir, binaries: this.#binaries, runAs: this.#runAs, log: () => {} });
    await cluster.start();
    try {
      await cluster.query(BOOTSTRAP_SQL);
      for (const database of ["postgres", "template1"]) await cluster.query(EXTENSION_GATE_SQL, [], database);
    } finally {
      await cluster.stop();
    }
  }
}
