import type { Command } from "commander";
import type { ApiClient, DeploymentView, UsageView } from "../../client/apiClient.ts";
import { monthlyCostText } from "../../jobs/monthlyCost.ts";
import { connect } from "../connect.ts";
import { followJob } from "../follow.ts";
import type { Home } from "../home.ts";
import { print, printJson, seconds } from "../output.ts";
import { type Common, verb } from "../verb.ts";
import { deploymentDocument, deploymentSummary } from "./show.ts";

interface RetryOptions extends Common {
  readonly from?: string;
  readonly wait: boolean;
}

/** `devfactory deployments`, `rollback`, `retry` and `usage`. */
export function addHistoryCommands(program: Command, home: Home): void {
  verb(program, "deployments <app>", "what was deployed of an app, newest first")
    .option("--limit <count>", "so many", "20")
    .action(async (app: string, { limit, ...options }: Common & { limit: string }) => {
      const page = await connect(home, options).deployments(app, { limit: Number(limit) });
      if (options.output === "json") return printJson(page);
      for (const each of page.deployments) print(deploymentLine(each));
      if (page.deployments.length === 0) print("Nothing was deployed yet.");
    });
  verb(program, "rollback <deployment>", "bring an earlier deployment back; of the one that runs: the one before it")
    .option("--no-wait", "do not follow it")
    .action(async (id: string, options: Common & { wait: boolean }) => {
      const api = connect(home, options);
      await follow(api, (await api.rollback(id)).deploymentId, options);
    });
  verb(program, "retry <job>", "do a failed or cancelled job again; what it has done and still stands is taken over")
    .option("--from <step>", "begin with this step: validate, container, sync, build or deploy")
    .option("--no-wait", "do not follow it")
    .action(async (id: string, options: RetryOptions) => {
      const api = connect(home, options);
      await follow(api, (await api.retry(id, options.from)).jobId, options);
    });
  verb(program, "usage", "what your tenant used, by app, and how its jobs went")
    .option("--from <time>", "the first time that counts (default: 30 days ago)")
    .option("--to <time>", "the first time that no longer counts (default: now)")
    .action(async ({ from, to, ...options }: Common & { from?: string; to?: string }) => {
      const used = await connect(home, options).usage({ ...(from && { from }), ...(to && { to }) });
      if (options.output === "json") printJson(used);
      else for (const line of usageLines(used)) print(line);
    });
}

async function follow(
  api: ApiClient,
  id: string,
  { wait, output }: Common & { readonly wait: boolean },
): Promise<void> {
  if (wait) await followJob(api, id);
  const last = await api.deployment(id);
  if (output === "json") printJson(deploymentDocument(last));
  else for (const line of deploymentSummary(last)) print(line);
  if (wait && last.status !== "succeeded") process.exitCode = 1;
}

/** One deployment for a person. */
export function deploymentLine(view: DeploymentView): string {
  const { deploymentId, createdAt, status, version, live, source, from, estimate, error } = view;
  const what = from ? `${from.kind} of ${from.deploymentId}` : (source?.git?.commit.slice(0, 12) ?? view.kind);
  const cost = estimate ? monthlyCostText(estimate) : "";
  const state = error ? `${status} (${error.step ?? error.code})` : live ? `${status}, runs` : status;
  const place = version === undefined ? "  " : `v${version}`;
  return `${deploymentId}  ${createdAt.slice(0, 16)}  ${place.padEnd(4)}${state.padEnd(18)}  ${what}  ${cost}`.trimEnd();
}

/** What a person reads about what was used. */
export function usageLines(used: UsageView): readonly string[] {
  const failures = Object.entries(used.failures).map(([step, count]) => `${count} in ${step}`);
  const steps = Object.entries(used.steps).flatMap(([name, took]) =>
    took === null ? [] : [`  ${name.padEnd(10)}${seconds(took.p50 * 1000)}, 95 % within ${seconds(took.p95 * 1000)}`],
  );
  return [
    `From ${used.from.slice(0, 10)} to ${used.to.slice(0, 10)}`,
    `Jobs:      ${used.jobs}, ${used.deployments} deployed, ${used.failed} failed${failures.length > 0 ? ` (${failures.join(", ")})` : ""}`,
    `Used:      ${used.aiTokens} tokens, ${used.computeSeconds} s, ${used.storageBytes} bytes, ${used.usd.toFixed(2)} USD for models`,
    `On Azure:  about ${used.monthlyUsd.toFixed(2)} USD a month for what runs`,
    ...(steps.length > 0 ? ["Half of the steps end within:", ...steps] : []),
    ...used.apps.map((app) => {
      const cost = app.monthlyUsd === undefined ? "" : `${app.monthlyUsd.toFixed(2)} USD a month`;
      return `  ${app.appId}  ${String(app.jobs).padStart(4)} jobs  ${cost.padEnd(22)}${app.title ?? ""}`.trimEnd();
    }),
  ];
}
