import type { Command } from "commander";
import type { AnalyticsView } from "../api/routes/analytics.ts";
import type { ApiClient } from "../client/apiClient.ts";
import { type OutputFormat, print, printJson } from "./output.ts";

interface Wishes {
  readonly output: OutputFormat;
  readonly days?: string;
}

/** `analytics`. @param verb makes a command with the options that all verbs share */
export function addAnalyticsCommand<T extends Wishes>(
  program: Command,
  verb: (parent: Command, usage: string, description: string) => Command,
  connect: (options: T) => ApiClient,
): void {
  verb(program, "analytics", "how long deployments took, where they failed, what each app costs")
    .option("--days <count>", "how far back", "30")
    .action(async (options: T) => {
      const numbers = await connect(options).analytics(Number(options.days));
      if (options.output === "json") return printJson(numbers);
      for (const line of analyticsLines(numbers)) print(line);
    });
}

/** What a person reads of the numbers. */
export function analyticsLines({
  since,
  deployments,
  seconds,
  steps,
  failures,
  apps,
}: AnalyticsView): readonly string[] {
  const took =
    seconds === null
      ? ""
      : `, half of them within ${seconds.p50.toFixed(1)} s, 95 % within ${seconds.p95.toFixed(1)} s`;
  return [
    `Since ${since.slice(0, 10)}: ${deployments} jobs${took}`,
    ...steps.map(
      (each) =>
        `  ${each.step.padEnd(10)} ${each.runs} runs, ${each.failed} failed, p50 ${each.seconds.p50.toFixed(1)} s, p95 ${each.seconds.p95.toFixed(1)} s`,
    ),
    ...failures.map(
      ({ step, code, count }) => `  failed ${count} times: ${code}${step === "none" ? "" : ` in ${step}`}`,
    ),
    ...apps.map(({ appId, title = "", deployments: jobs, monthlyUsd }) => {
      const cost = monthlyUsd === null ? "not deployed" : `${monthlyUsd.toFixed(2)} USD a month`;
      return `  ${appId}  ${title}  ${jobs} jobs, ${cost}`;
    }),
  ];
}
