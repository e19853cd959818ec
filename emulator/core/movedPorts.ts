import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { transaction } from "./database.ts";
import { freePort, isFree } from "./ports.ts";

/** A listener whose port somebody else took while the local Azure was down. */
export interface MovedPort {
  readonly key: string;
  readonly from: number;
  readonly to: number;
}

/** A process of an earlier run may need so long to end and to set its port free. */
const PATIENCE_MS = 4_000;

/**
 * Gives listeners whose stored port is taken another one, and moves every address that names the old one along: in all databases of
 * the data folder (resources, settings of revisions, documents of apps) and in the state of stacks. Only before anything else runs.
 *
 * @param database of the data folder's `azure.db`, which has the table `ports`
 */
export async function moveTakenPorts(dataDir: string, database: DatabaseSync): Promise<readonly MovedPort[]> {
  const rows = database.prepare("SELECT key, port FROM ports").all();
  const stored = rows.map((row) => ({ key: String(row.key), from: Number(row.port) }));
  const taken = await stillTaken(stored, performance.now() + PATIENCE_MS);
  if (taken.length === 0) return [];
  const used = new Set(stored.map(({ from }) => from));
  const moved: MovedPort[] = [];
  for (const each of taken) {
    let to = await freePort();
    while (used.has(to)) to = await freePort();
    used.add(to);
    moved.push({ ...each, to });
  }
  // The stacks first and the table of ports last: a crash in between moves the same listeners again, from the same old ports.
  rewriteFiles(join(dataDir, "state"), moved);
  for (const path of filesOf(dataDir, ".db")) {
    if (path === join(dataDir, "azure.db") || path === join(dataDir, "lock.db")) continue;
    const other = new DatabaseSync(path);
    rewriteDatabase(other, moved);
    other.close();
  }
  transaction(database, () => {
    rewriteDatabase(database, moved);
    const move = database.prepare("UPDATE ports SET port = ? WHERE key = ?");
    for (const { key, to } of moved) move.run(to, key);
  });
  return moved;
}

async function stillTaken<T extends { readonly from: number }>(all: readonly T[], end: number): Promise<readonly T[]> {
  const free = await Promise.all(all.map(({ from }) => isFree(from)));
  const taken = all.filter((_, index) => !free[index]);
  if (taken.length === 0 || performance.now() > end) return taken;
  await sleep(200);
  return stillTaken(taken, end);
}

function rewriteDatabase(database: DatabaseSync, moved: readonly MovedPort[]): void {
  transaction(database, () => {
    for (const { name } of database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all()) {
      for (const column of database.prepare(`PRAGMA table_info("${name}")`).all()) {
        const cell = `"${column.name}"`;
        const update = database.prepare(
          `UPDATE "${name}" SET ${cell} = replace(${cell}, ?, ?) WHERE typeof(${cell}) = 'text' AND instr(${cell}, ?) > 0`,
        );
        for (const { from, to } of moved) update.run(`localhost:${from}`, `localhost:${to}`, `localhost:${from}`);
      }
    }
  });
}

function rewriteFiles(folder: string, moved: readonly MovedPort[]): void {
  for (const path of filesOf(folder, ".json")) {
    const before = readFileSync(path, "utf8");
    const after = moved.reduce((text, { from, to }) => text.replaceAll(`localhost:${from}`, `localhost:${to}`), before);
    if (after === before) continue;
    writeFileSync(`${path}.new`, after, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
}

/** Files with an ending, in folders that are the local Azure's own. */
function filesOf(folder: string, ending: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : filesOf(path, ending);
    return entry.isFile() && entry.name.endsWith(ending) ? [path] : [];
  });
}

/** Folders of the data folder with other people's files, and many of them. */
const SKIPPED: ReadonlySet<string> = new Set(["postgres", "registry", "pulumi", "sites", "containers", "dashboard"]);
