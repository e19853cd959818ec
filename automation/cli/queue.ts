import type { Command } from "commander";
import type { ApiClient, QueueView, StatusView } from "../client/apiClient.ts";
import { CliError } from "./cliError.ts";
import { type OutputFormat, print, printJson, seconds } from "./output.ts";

interface QueueOptions {
  readonly output: OutputFormat;
}

interface RedriveOptions extends QueueOptions {
  readonly all: boolean;
  readonly limit?: string;
  readonly reason: string;
}

/** `queue` and `queue redrive`. @param verb makes a command with the options that all verbs share */
export function addQueueCommands<T extends QueueOptions>(
  program: Command,
  verb: (parent: Command, usage: string, description: string) => Command,
  connect: (options: T) => ApiClient,
): void {
  const queue = verb(program, "queue", "what waits, what runs, what was given up").action(async (options: T) => {
    const service = connect(options);
    const [now, past] = [await service.queue(), await service.status()];
    if (options.output === "json") printJson({ queue: now, status: past });
    else for (const line of queueLines(now, past)) print(line);
  });
  verb(queue, "redrive [job]", "try again what was given up (operators)")
    .requiredOption("--reason <text>", "why it will go better now; it is audited")
    .option("--all", "every job of the tenant that was given up, oldest first", false)
    .option("--limit <count>", "of --all: at most so many")
    .action(async (job: string | undefined, _own: object, command: Command) => {
      // `queue` has the shared options too and takes what is said after `redrive`.
      const options = command.optsWithGlobals<T & RedriveOptions>();
      if ((job === undefined) !== options.all)
        throw new CliError("Name a job, or --all.", "See `devfactory queue`.", { wrongUse: true });
      const { reason } = options;
      const limit = options.limit === undefined ? {} : { limit: Number(options.limit) };
      const wish = job === undefined ? { all: true as const, reason, ...limit } : { jobId: job, reason };
      const done = await connect(options).redrive(wish);
      if (options.output === "json") return printJson(done);
      if (done.redriven.length + done.left === 0) print("Nothing was given up.");
      for (const id of done.redriven) print(`${id} is queued again.`);
      if (done.left > 0) print(`${done.left} given up are left${wait(done.retryAfterSeconds)}.`);
    });
}

function wait(after: number | undefined): string {
  return after === undefined ? "" : `; go on in ${after} s`;
}

/** What a person reads about the queue. */
export function queueLines(now: QueueView, past: StatusView): readonly string[] {
  const oldest = now.oldestSeconds === null ? "" : `, the oldest for ${seconds(now.oldestSeconds * 1000)}`;
  const { durationSeconds: took, successRate } = past;
  const rate = successRate === null ? "no job has ended" : `${Math.round(successRate * 100)} % succeeded`;
  const middle =
    took === null ? "" : `, half of them within ${took.p50.toFixed(1)} s, 95 % within ${took.p95.toFixed(1)} s`;
  return [
    `Running:   ${now.active} of ${now.limits.concurrent} (all tenants ${now.slots.inUse} of ${now.slots.all})`,
    `Waiting:   ${now.waiting}${oldest}`,
    `Given up:  ${now.dead}${now.dead > 0 ? " (an operator: npx devfactory queue redrive --all --reason …)" : ""}`,
    `Unfinished ${now.unfinished} of ${now.limits.unfinished}`,
    `Since ${past.since.slice(0, 10)}: ${past.total} jobs, ${rate}${middle}`,
  ];
}
