import { existsSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as automation from "@pulumi/pulumi/automation/index.js";
import { startHarness } from "./stackHarness.ts";
import { Thing } from "./thing.ts";

/** One round on a disk with little room, and what the next operation found after room was made. */
export interface FullDiskRound {
  /** Pages that were free. */
  readonly free: number;
  /** The command's error; empty when it went well. */
  readonly error: string;
  /** Whether the provider was asked to create the round's resource. */
  readonly created: boolean;
  readonly journalLeft: boolean;
  /** Pending operations that the next operation warned of. */
  readonly pending: number;
  /** What exists in the end that the state does not know. */
  readonly lost: number;
  /** What the state names that does not exist. */
  readonly imagined: number;
}

const PAGE = 4096;

/**
 * Fills a small disk up to a few pages, deploys, makes room, deploys again; for each number of pages. Run as a process
 * of its own inside of a mount that holds only this folder.
 */
async function playRounds(disk: string, most: number): Promise<readonly FullDiskRound[]> {
  const filler = join(disk, "filler");
  await using harness = await startHarness({
    env: { PULUMI_BACKEND_URL: `file://${disk}`, PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: "1" },
  });
  const program = (round: number) => async () => {
    new Thing("base", { value: round });
    new Thing(`round-${round}`, { value: "x".repeat(600) }); // the one before is deleted
  };
  await harness.up(program(-1));
  const rounds: FullDiskRound[] = [];
  for (let free = 0; free <= most; free++) {
    rmSync(join(disk, ".pulumi", "history"), { recursive: true, force: true });
    const calls = harness.provider.calls.length;
    const { bfree } = statfsSync(disk);
    writeFileSync(filler, Buffer.alloc(Math.max(0, bfree - free) * PAGE));
    const error = await harness.up(program(free)).then(() => "", messageOf);
    const created = harness.provider.calls.slice(calls).some(({ method, preview }) => method === "Create" && !preview);
    const journalLeft = existsSync(join(disk, ".pulumi", "stacks", "proj", "dev.journal"));
    rmSync(filler);
    harness.program = program(free);
    const { stdout } = await harness.stack.up();
    const known = new Set((await harness.resources()).map(({ id }) => id));
    rounds.push({
      free,
      error,
      created,
      journalLeft,
      pending: Number(/with (\d+) pending operations/.exec(stdout)?.[1] ?? 0),
      lost: [...harness.provider.cloud.keys()].filter((id) => !known.has(id)).length,
      imagined: [...known].filter((id) => id === undefined || !harness.provider.cloud.has(id)).length,
    });
    for (const id of harness.provider.cloud.keys()) if (!known.has(id)) harness.provider.cloud.delete(id);
    if (rounds.at(-1)?.pending) await harness.stack.refresh({ clearPendingCreates: true });
  }
  return rounds;
}

/** The error's own lines: what stands before the advice and what the command wrote to its standard output. */
function messageOf(error: unknown): string {
  if (!(error instanceof automation.CommandError)) throw error;
  return /error: ([\s\S]*?)\n(?=advice: |Updating |\s*(err\?|$))/.exec(error.message)?.[1] ?? error.message;
}

const [disk = "", most = "12"] = process.argv.slice(2);
if (disk !== "") {
  const rounds = await playRounds(disk, Number(most));
  process.stdout.write(JSON.stringify(rounds));
  process.exit();
}
