import { rmSync } from "node:fs";

import { Command } from "commander";
import type { ApiClient, AppView, JobView } from "../client/apiClient.ts";
import { monthlyCostText } from "../jobs/monthlyCost.ts";
import { addAbandonedCommand } from "./abandoned.ts";
import { addCheckCommands } from "./checks/commands.ts";
import { CliError } from "./cliError.ts";
import { addComponentsCommand } from "./components.ts";
import { addConfigCommand } from "./config.ts";
import { connect } from "./connect.ts";
import { addDeployCommands } from "./deploy/command.ts";
import { addHistoryCommands } from "./deploy/history.ts";
import { addDriftCommand } from "./drift.ts";
import { emulatorEnvironment } from "./emulatorEnv.ts";
import { addExpiryCommands } from "./expiry.ts";
import { followJob } from "./follow.ts";
import { findHome, type Home, runningEmulator } from "./home.ts";
import { addKeyCommands } from "./keys.ts";
import { eventLine, jobDocument, jobSummary, type OutputFormat, print, printJson, say } from "./output.ts";
import { addQueueCommands } from "./queue.ts";
import { BRANCH_OPTION, REPO_OPTION, type RepoOptions, repoLines, repoWish } from "./repo.ts";
import { localToken } from "./token.ts";
import { type Common, parseModel, parseProfile, verb } from "./verb.ts";

/** `devfactory` with all its verbs. Exit codes: 0 done, 1 failed, 2 wrong use. */
export function createProgram(home: Home = findHome()): Command {
  const program = new Command("devfactory")
    .description("From a prompt to a running app with its own infrastructure.")
    .version("0.1.0")
    .showHelpAfterError("(see --help)");
  addJobCommands(program, home);
  addAppCommands(program, home);
  addDeployCommands(program, home);
  addHistoryCommands(program, home);
  addQueueCommands<Common>(program, verb, (options) => connect(home, options));
  addKeyCommands<Common>(program, verb, (options) => connect(home, options));
  addExpiryCommands<Common>(program, verb, (options) => connect(home, options));
  addAbandonedCommand<Common>(program, verb, (options) => connect(home, options));
  addDriftCommand<Common>(program, verb, (options) => connect(home, options));
  addLocalCommands(program, home);
  addConfigCommand(program);
  addCheckCommands(program);
  addComponentsCommand(program);
  return program;
}

interface CreateOptions extends Common, RepoOptions {
  readonly wait: boolean;
  readonly profile?: string;
  readonly region?: string;
  readonly model?: string;
}

function addJobCommands(program: Command, home: Home): void {
  verb(program, "create <prompt>", "make an app from a description")
    .option("--wait", "follow the job until it ends", false)
    .option("--profile <profile>", "dev, standard or production")
    .option("--region <region>", "Azure region, for example eastus")
    .option("--model <provider/name>", "a model that your tenant has a key for, for example openai/gpt-5-mini")
    .option(...REPO_OPTION)
    .option(...BRANCH_OPTION)
    .action(async (prompt: string, options: CreateOptions) => {
      const service = connect(home, options);
      const { profile, region, model } = options;
      const wishes = { ...(profile ? { profile: parseProfile(profile) } : {}), ...(region ? { region } : {}) };
      const more = { ...(model && { model: parseModel(model) }), ...repoWish(options) };
      const job = await service.createJob({ prompt, options: wishes, ...more });
      say(`Job ${job.jobId} for app ${job.appId} is accepted.`);
      const last = options.wait ? await followJob(service, job.jobId) : job;
      showJob(last, options.output);
      if (options.wait && last.status !== "succeeded") process.exitCode = 1;
    });
  verb(program, "status [job]", "one job, or the list of jobs").action(
    async (id: string | undefined, options: Common) => {
      const service = connect(home, options);
      if (id) return showJob(await service.job(id), options.output);
      const jobs = await service.jobs();
      if (options.output === "json") return printJson({ jobs: jobs.map(jobDocument) });
      for (const job of jobs) print(`${job.jobId}  ${job.status.padEnd(10)}  ${job.appId}  ${job.prompt.slice(0, 60)}`);
      if (jobs.length === 0) print("No jobs yet.");
    },
  );
  verb(program, "logs <job>", "the events of a job")
    .option("-f, --follow", "go on until the job ends", false)
    .action(async (id: string, options: Common & { follow: boolean }) => {
      const service = connect(home, options);
      const { lastEvent } = await service.job(id);
      if (lastEvent === 0 && !options.follow) return;
      for await (const event of service.events(id)) {
        print(options.output === "json" ? JSON.stringify(event) : eventLine(event));
        if (!options.follow && event.seq >= lastEvent) return;
      }
    });
  verb(program, "feedback <app> <text>", "change an app, or answer the question of its job")
    .option("--wait", "follow the job until it ends", false)
    .action(async (id: string, text: string, options: Common & { wait: boolean }) => {
      const service = connect(home, options);
      const { jobId } = await service.feedback(await jobOf(service, id), { content: text });
      say(`Job ${jobId} is accepted.`);
      const last = options.wait ? await followJob(service, jobId) : await service.job(jobId);
      showJob(last, options.output);
      if (options.wait && last.status !== "succeeded") process.exitCode = 1;
    });
}

function addAppCommands(program: Command, home: Home): void {
  verb(program, "apps", "the apps, where they run and what they cost").action(async (options: Common) => {
    const apps = await connect(home, options).apps();
    if (options.output === "json") return printJson({ apps });
    for (const app of apps) print(appLine(app));
    if (apps.length === 0) print("No apps yet.");
  });
  verb(program, "destroy <app>", "take an app away, with its data")
    .option("--wait", "follow until it is gone", true)
    .action(async (id: string, options: Common & { wait: boolean }) => {
      const service = connect(home, options);
      const job = await followJob(service, (await service.destroyApp(id)).jobId);
      if (options.output === "json") printJson(jobDocument(job));
      else print(job.status === "succeeded" ? `The app ${id} is gone.` : jobSummary(job).join("\n"));
      if (job.status !== "succeeded") process.exitCode = 1;
    });
}

function addLocalCommands(program: Command, home: Home): void {
  program
    .command("token")
    .description("print a bearer token for the local API, nothing else")
    .option("--user <name>", "the account", "member@contoso.example")
    .action(async ({ user }: { user: string }) => print(await localToken(home, user)));
  program
    .command("reset")
    .description("remove all local data: apps, databases, state")
    .action(() => {
      const emulator = runningEmulator(home);
      if (emulator) throw new CliError(`The platform runs (process ${emulator.pid}).`, "Stop it with Ctrl-C first.");
      rmSync(home.dataDir, { recursive: true, force: true });
      print(`${home.dataDir} is gone; npm start begins afresh.`);
    });
  program
    .command("emulator")
    .description("the local Azure")
    .command("env")
    .description("print NAME=value lines with which any Azure client reaches the local Azure")
    .action(() => {
      for (const [name, value] of Object.entries(emulatorEnvironment(home))) print(`${name}=${value}`);
    });
}

function showJob(job: JobView, output: OutputFormat): void {
  if (output === "json") printJson(jobDocument(job));
  else for (const line of [...jobSummary(job), ...repoLines(job.repo)]) print(line);
}

/** The job that words about an app are for: the one that runs or waits, else its newest. */
async function jobOf(api: ApiClient, appId: string): Promise<string> {
  const { activeJobs } = await api.app(appId);
  const job = activeJobs[0] ?? (await api.jobs({ limit: 200 })).find((each) => each.appId === appId)?.jobId;
  if (job) return job;
  throw new CliError(`The app ${appId} has no job.`, "List the apps with `npx devfactory apps`.");
}

function appLine(app: AppView): string {
  const cost = app.estimate === undefined ? "" : monthlyCostText(app.estimate);
  return `${app.appId}  ${app.status.padEnd(9)}  ${(app.url ?? "").padEnd(24)}  ${cost.padEnd(18)}  ${app.title ?? app.prompt.slice(0, 40)}`;
}
