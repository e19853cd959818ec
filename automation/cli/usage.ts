import type { Command } from "commander";
import type { ApiClient, UsageView } from "../client/apiClient.ts";
import { CliError } from "./cliError.ts";
import { type OutputFormat, print, printJson } from "./output.ts";

interface Wishes {
  readonly output: OutputFormat;
  readonly days?: string;
}

const DAY_MS = 86_400_000;

/** `usage`. @param verb makes a command with the options that all verbs share */
export function addUsageCommand<T extends Wishes>(
  program: Command,
  verb: (parent: Command, usage: string, description: string) => Command,
  connect: (options: T) => ApiClient,
): void {
  verb(program, "usage", "how long steps took, where jobs failed, what each app costs")
    .option("--days <count>", "how far back", "30")
    .action(async (options: T) => {
      const days = Number(options.days);
      if (!(days > 0))
        throw new CliError(`${options.days} is no number of days.`, "Use for example --days 7.", { wrongUse: true });
      const from = new Date(Date.now() - days * DAY_MS).toISOString();
      const used = await connect(options).usage({ from });
      if (options.output === "json") return printJson(used);
      for (const line of usageLines(used)) print(line);
    });
}

/** What a person reads of what was used. */
export function usageLines({
  from,
  jobs,
  failed,
  usd,
  monthlyUsd,
  steps,
  failures,
  apps,
}: UsageView): readonly string[] {
  return [
    `Since ${from.slice(0, 10)}: ${jobs} jobs, ${failed} failed, models ${usd.toFixed(2)} USD, apps about ${monthlyUsd.toFixed(2)} USD a month`,
    ...Object.entries(steps).map(([step, took]) =>
      took === null ? `  ${step}` : `  ${step.padEnd(10)} p50 ${took.p50.toFixed(1)} s, p95 ${took.p95.toFixed(1)} s`,
    ),
    ...Object.entries(failures).map(([step, count]) => `  failed in ${step}: ${count}`),
    ...apps.map(({ appId, title = "", jobs: own, monthlyUsd: cost }) => {
      const price = cost === undefined ? "not deployed" : `${cost.toFixed(2)} USD a month`;
      return `  ${appId}  ${title}  ${own} jobs, ${price}`;
    }),
  ];
}
