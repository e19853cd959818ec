import { execFileSync } from "node:child_process";
import { Platform } from "../test/e2e/platform.ts";
import { type Bench, type Measured, median, timed } from "./bench.ts";

const PROMPTS = [
  "A library where members borrow books; books have a title, an author and a number of pages",
  "Track invoices for customers with amount, due date and paid or unpaid; list overdue invoices",
  "An app for a veterinary clinic: owners have pets, pets have appointments with a vet, date and reason; show upcoming appointments",
];

interface Story {
  readonly firstStartMs: number;
  readonly secondStartMs: number;
  readonly idleMb: number;
  readonly firstAppMs: number;
  readonly appMs: readonly number[];
  readonly steps: string;
}

let story: Promise<Story> | undefined;

async function tellStory(): Promise<Story> {
  await using platform = new Platform();
  const firstStartMs = await timed(() => platform.start(/Ready/));
  await platform.stop();
  const secondStartMs = await timed(() => platform.start(/Ready/));
  await new Promise((resolve) => setTimeout(resolve, 5000));
  const idleMb = residentMb(platform);
  const appMs: number[] = [];
  let steps = "";
  for (const prompt of ["Tasks with a title and a due date, grouped in projects", ...PROMPTS]) {
    const ran = await platform.devfactory("create", prompt, "--wait", "--output", "json");
    const job = JSON.parse(ran.stdout) as {
      status: string;
      durationMs: number;
      steps: { name: string; durationMs: number }[];
    };
    if (job.status !== "succeeded") throw new Error(ran.stdout + ran.stderr);
    appMs.push(job.durationMs);
    steps = job.steps.map((step) => `${step.name} ${(step.durationMs / 1000).toFixed(1)}`).join(", ");
  }
  const [firstAppMs = Number.NaN, ...rest] = appMs;
  return { firstStartMs, secondStartMs, idleMb, firstAppMs, appMs: rest, steps };
}

const measure = (of: (told: Story) => Measured) => async () => {
  story ??= tellStory();
  return of(await story);
};

/** Proportional set size of all processes of the platform: shared pages are counted once. */
function residentMb(platform: Platform): number {
  const pids = platform.processes().map(({ pid }) => String(pid));
  const kilobytes = pids.map((pid) => {
    try {
      const text = execFileSync("grep", ["^Pss:", `/proc/${pid}/smaps_rollup`], { encoding: "utf8" });
      return Number(/\d+/.exec(text)?.[0] ?? 0);
    } catch {
      return 0; // it has ended
    }
  });
  return kilobytes.reduce((sum, each) => sum + each, 0) / 1024;
}

export const benches: readonly Bench[] = [
  {
    name: "prompt → running app, local, template model, warm",
    hold: "≤ 15 s median",
    run: measure(({ appMs, firstAppMs, steps }) => ({
      value: `${(median(appMs) / 1000).toFixed(1)} s`,
      held: median(appMs) <= 15_000,
      detail: `${appMs.length} prompts: ${appMs.map((ms) => (ms / 1000).toFixed(1)).join(", ")} s; the very first ${(firstAppMs / 1000).toFixed(1)} s; last one by step (s): ${steps}`,
    })),
  },
  {
    name: "`npm start` → dashboard answers, after install",
    hold: "≤ 10 s",
    run: measure(({ firstStartMs, secondStartMs }) => ({
      value: `${(firstStartMs / 1000).toFixed(1)} s`,
      held: firstStartMs <= 10_000,
      detail: `empty data folder; again with data ${(secondStartMs / 1000).toFixed(1)} s`,
    })),
  },
  {
    name: "memory of the idle local platform, all processes",
    hold: "≤ 900 MB",
    run: measure(({ idleMb }) => ({
      value: `${idleMb.toFixed(0)} MB`,
      held: idleMb <= 900,
      detail: "proportional set size, 5 s after the start, no app",
    })),
  },
];
