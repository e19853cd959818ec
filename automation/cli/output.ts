import type { EventView, JobView } from "../client/apiClient.ts";

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

/** One event as a line: `12:04:31  backend_agent  wrote backend/server.ts`. */
export function eventLine(event: EventView): string {
  const who = event.agent ?? event.step ?? "";
  const mark = event.level === "error" ? "error: " : event.level === "warning" ? "warning: " : "";
  return `${event.at.slice(11, 19)}  ${who.padEnd(14)}  ${mark}${plain(event.message)}`;
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
    ...(job.error ? { error: job.error } : {}),
  };
}

/** What a person reads at the end of a job. */
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
    if (job.estimate) lines.push(`On Azure:      about ${job.estimate.monthlyUsd.toFixed(2)} USD a month`);
    if (job.durationMs !== undefined) lines.push(`Made in:       ${seconds(job.durationMs)}`);
    lines.push(`Change it:     npx devfactory feedback ${job.appId} "…"`);
    lines.push(`Take it away:  npx devfactory destroy ${job.appId}`);
  } else {
    lines.push(`The job is ${job.status}.`);
  }
  return lines;
}
