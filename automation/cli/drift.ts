import type { Command } from "commander";
import { driftLine } from "../care/drift.ts";
import type { ApiClient, AppView } from "../client/apiClient.ts";
import { followJob } from "./follow.ts";
import { jobSummary, type OutputFormat, print, printJson } from "./output.ts";

interface Shared {
  readonly output: OutputFormat;
}

/** `drift`. @param verb makes a command with the options that all verbs share */
export function addDriftCommand<T extends Shared>(
  program: Command,
  verb: (parent: Command, usage: string, description: string) => Command,
  connect: (options: T) => ApiClient,
): void {
  verb(program, "drift <app>", "look whether an app is still as it was deployed")
    .option("--repair", "put it back", false)
    .action(async (id: string, options: T & { readonly repair: boolean }) => {
      const service = connect(options);
      const begun = await (options.repair ? service.repair(id) : service.checkDrift(id));
      const job = await followJob(service, begun.jobId);
      const app = await service.app(id);
      if (options.output === "json") printJson({ jobId: job.jobId, status: job.status, drift: app.drift ?? null });
      else for (const line of job.status === "succeeded" ? driftLines(id, app.drift) : jobSummary(job)) print(line);
      if (job.status !== "succeeded") process.exitCode = 1;
    });
}

/** What a person reads of the last look at an app. */
export function driftLines(appId: string, drift: AppView["drift"]): readonly string[] {
  if (drift === undefined) return ["Nobody has looked yet."];
  const { resources, checkedAt } = drift;
  if (resources.length === 0) return [`Everything is as it was deployed (${checkedAt}).`];
  return [...resources.map(driftLine), `Put it back: npx devfactory drift ${appId} --repair`];
}
