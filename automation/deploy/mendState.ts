import { type CheckpointVerdict, judgeCheckpoint } from "./checkpoint.ts";
import type { RecoveryNote } from "./messages.ts";
import type { StateFiles } from "./stateFiles.ts";

/** The state of a stack cannot be used, and nothing is there to go back to. */
export class StateBroken extends Error {
  constructor(path: string, problem: string) {
    super(`${path} is broken (${problem}), and no backup of it is whole`);
    this.name = "StateBroken";
  }
}

interface Backup {
  readonly path: string;
  readonly text: string;
  readonly time: string;
}

/**
 * Looks whether the checkpoint of a stack is whole; a broken one is replaced by the newest whole backup, and kept beside it as `.broken`. What
 * happened after that backup is found by the refresh that must follow.
 *
 * @returns whether the state is another one now
 * @throws {StateBroken} there is no whole backup: no file was touched
 */
export async function mendState(
  files: StateFiles,
  {
    project,
    stack,
    tell,
  }: { readonly project: string; readonly stack: string; readonly tell: (note: RecoveryNote) => void },
): Promise<boolean> {
  const path = `.pulumi/stacks/${project}/${stack}.json`;
  const text = await files.read(path);
  const verdict = text === undefined ? undefined : judgeCheckpoint(text);
  if (text === undefined || verdict?.kind !== "broken") return false;
  const backup = newestOf(await backups(files, path, project, stack));
  if (!backup) throw new StateBroken(path, verdict.problem);
  await files.write(`${path}.broken`, text);
  await files.write(path, backup.text);
  const message = `The state was broken (${verdict.problem}): went back to ${backup.path} of ${backup.time}; the broken one is ${path}.broken`;
  tell({ action: "restored", message });
  return true;
}

/** The newest whole one of each place where the engine keeps states: before the last write, before and after each operation. */
async function backups(
  files: StateFiles,
  path: string,
  project: string,
  stack: string,
): Promise<readonly (Backup | undefined)[]> {
  const inFolder = async (folder: string, suffix: string) => {
    const names = (await files.list(folder)).filter((name) => name.endsWith(suffix)).toSorted(newestFirst);
    return firstWhole(
      files,
      names.map((name) => `${folder}/${name}`),
    );
  };
  return Promise.all([
    firstWhole(files, [`${path}.bak`]),
    inFolder(`.pulumi/backups/${project}/${stack}`, ".json"),
    inFolder(`.pulumi/history/${project}/${stack}`, ".checkpoint.json"),
  ]);
}

async function firstWhole(files: StateFiles, paths: readonly string[]): Promise<Backup | undefined> {
  for (const path of paths) {
    const text = await files.read(path);
    if (text === undefined) continue;
    const verdict: CheckpointVerdict = judgeCheckpoint(text);
    // An empty one would let a deployment make everything again, and a destroy leave everything.
    if (verdict.kind === "sound" && verdict.resources > 0) return { path, text, time: verdict.time };
  }
  return undefined;
}

function newestOf(backups: readonly (Backup | undefined)[]): Backup | undefined {
  const whole = backups.filter((each) => each !== undefined);
  return whole.toSorted((one, other) => Date.parse(other.time) - Date.parse(one.time))[0];
}

/** Names end in nanoseconds since 1970. */
function newestFirst(one: string, other: string): number {
  const time = (name: string) => BigInt(/(\d+)(?:\.checkpoint)?\.json$/.exec(name)?.[1] ?? 0);
  const [left, right] = [time(one), time(other)];
  return left === right ? 0 : left < right ? 1 : -1;
}
