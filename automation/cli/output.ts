import type { EventView, JobView } from "../client/apiClient.ts";
import { monthlyCostText } from "../jobs/monthlyCost.ts";

export type OutputFormat = "text" | "json";

/** Progress goes to stderr, results to stdout, so that `--output json` gives one document. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Lines of one event that are shown; the job's summary has more of a failed build's log, and its artifacts have all. */
const SHOWN_LINES = 12;
/** Columns before an event's message. */
const MARGIN = " ".repeat(26);

/** One event: `12:04:31  backend_agent  wrote backend/server.ts`; of a longer text the last lines, below each other. */
export function eventLine(event: EventView): string {
  const who = event.agent ?? event.step ?? "";
  const mark = event.level === "error" ? "error: " : event.level === "warning" ? "warning: " : "";
  const lines = event.message.trimEnd().split(/\r?\n/);
  const left = lines.length > SHOWN_LINES ? [`… ${lines.length - SHOWN_LINES} lines before`] : [];
  const [first = "", ...rest] = [...left, ...lines.slice(-SHOWN_LINES)].map(plain);
  return [`${event.at.slice(11, 19)}  ${who.padEnd(14)}  ${mark}${first}`, ...rest.map((line) => MARGIN + line)].join(
    "\n",
  );
}

/** Control characters of a program's output must not reach the terminal. */
export function plain(text: string): string {
  return [...text].filter((character) => character >= " " || character === "\t").join("");
}

export function seconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)} s`;
}

/** The contract of `create --output json`. */
export function jobDocument(job: JobView): Record<string, unknown> {
  return {
    jobId: job.jobId,
    appId: job.appId,
    status: job.status,
    url: job.url ?? null,
    services: job.services ?? [],
    openapi: job.openapi ?? null,
    estimate: job.estimate ?? null,
    durationMs: job.durationMs ?? null,
    steps: job.steps.map(({ name, status, durationMs }) => ({ name, status, durationMs: durationMs ?? null })),
    ...(job.questions.length > 0 ? { questions: job.questions } : {}),
    ...(job.notUnderstood.length > 0 ? { notUnderstood: job.notUnderstood } : {}),
    ...(job.repo ? { repo: job.repo } : {}),
    ...(job.error ? { error: job.error } : {}),
  };
}

/** Of these more is to come. */
const GOES_ON: ReadonlySet<string> = new Set(["queued", "processing", "cancelling"]);

/** What a person reads at the end of a job, or of one that is not waited for. */
export function jobSummary(job: JobView): string[] {
  const lines: string[] = [];
  for (const text of job.notUnderstood) lines.push(`Not understood: ${text}`);
  if (job.status === "waiting") {
    lines.push("The job waits for you:", ...job.questions.map((question) => `  ${question}`));
    lines.push(`Answer with: npx devfactory feedback ${job.appId} "…"`);
  } else if (job.error) {
    lines.push(`The job ${job.status}: ${job.error.detail}`, `  ${job.error.fix}`);
  } else if (job.url) {
    lines.push(`Your app:      ${job.url}`);
    if (job.openapi) lines.push(`Its API:       ${job.openapi}`);
    if (job.estimate) lines.push(`On Azure:      about ${monthlyCostText(job.estimate)}`);
    if (job.durationMs !== undefined) lines.push(`Made in:       ${seconds(job.durationMs)}`);
    lines.push(`Change it:     npx devfactory feedback ${job.appId} "…"`);
    lines.push(`Take it away:  npx devfactory destroy ${job.appId}`);
  } else {
    lines.push(`The job is ${job.status}.`);
    if (GOES_ON.has(job.status)) lines.push(`Follow it:     npx devfactory logs ${job.jobId} --follow`);
  }
  return lines;
}
