import { readStack } from "../../backend/checkpoint.ts";
import { type HistoryEntry, readHistory } from "../../backend/history.ts";
import { selectedStack } from "../../backend/home.ts";
import { STACKS_FOLDER } from "../../backend/layout.ts";
import { isHeld } from "../../backend/locks.ts";
import { fullName, type StackReference } from "../../backend/stackReference.ts";
import { EngineError, EXIT } from "../../engineError.ts";
import type { CommandCall } from "../command.ts";
import { type Backend, openBackend } from "../session.ts";

interface StackRow {
  readonly name: string;
  readonly current: boolean;
  readonly lastUpdate?: string;
  readonly updateInProgress: boolean;
  readonly resourceCount?: number;
}

/** `stack ls`: stacks of this project by short name, of all projects by full name. */
export async function run({ context, flags }: CommandCall): Promise<number> {
  const backend = openBackend(context);
  const { project } = backend;
  const selected = project ? selectedStack(context.env, project, backend.url) : undefined;
  const all = flags.on("all") || !project;
  const wanted = flags.text("project") ?? (all ? undefined : project.name);
  const stacks = await listStacks(backend, wanted);
  const rows = await Promise.all(
    stacks.map(async (stack): Promise<StackRow> => {
      const stored = await readStack(backend.bucket, stack);
      const deployment = attempt(() => stored?.deployment);
      const [last] = await readHistory(backend.bucket, stack, 1).catch(orNone);
      return {
        name: stack.project === project?.name ? stack.name : fullName(stack),
        current: fullName(stack) === selected,
        ...(last ? { lastUpdate: new Date(last.endTime * 1000).toISOString() } : {}),
        updateInProgress: await isHeld(backend.bucket, stack),
        ...(deployment ? { resourceCount: deployment.resources?.length ?? 0 } : {}),
      };
    }),
  );
  if (flags.on("json")) {
    context.out(`${JSON.stringify(rows, null, 2)}\n`);
    return EXIT.ok;
  }
  const width = Math.max(4, ...rows.map((row) => row.name.length + 1));
  context.out(`${"NAME".padEnd(width)}  ${"LAST UPDATE".padEnd(24)}  RESOURCE COUNT\n`);
  for (const row of rows) {
    const name = row.name + (row.current ? "*" : "");
    context.out(`${name.padEnd(width)}  ${(row.lastUpdate ?? "n/a").padEnd(24)}  ${row.resourceCount ?? "n/a"}\n`);
  }
  return EXIT.ok;
}

/** One damaged stack must not hide the others: what cannot be read is shown as not available. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
}

function orNone(error: unknown): readonly HistoryEntry[] {
  if (error instanceof EngineError) return [];
  throw error;
}

/** Stacks in a backend, of one project or of all. */
export async function listStacks(backend: Backend, project: string | undefined): Promise<readonly StackReference[]> {
  const folders = (await backend.bucket.list(STACKS_FOLDER)).filter((name) => name.endsWith("/"));
  const projects = folders.map((name) => name.slice(0, -1)).filter((name) => project === undefined || name === project);
  const found = await Promise.all(
    projects.map(async (name) => {
      const files = await backend.bucket.list(`${STACKS_FOLDER}/${name}`);
      return files
        .filter((file) => file.endsWith(".json"))
        .map((file) => ({ project: name, name: file.slice(0, -".json".length) }));
    }),
  );
  return found.flat();
}
