import { basename, resolve } from "node:path";
import { evaluatePolicies, type PreflightFinding, readJsonFile, WaiverFile } from "@devfactory/checks/index.ts";
import type { Command } from "commander";
import type { PlanDocument } from "../../plan/planDocument.ts";
import { readPlan } from "../../plan/planDocument.ts";
import { planFolder } from "../../plan/planFolder.ts";
import { DevOpsComments, devOpsPullRequest } from "../../pullRequest/azureDevOps.ts";
import { type CommentHost, keepComment } from "../../pullRequest/comment.ts";
import { GitHubComments, gitHubPullRequest } from "../../pullRequest/github.ts";
import { render } from "../../pullRequest/render.ts";
import { hasNews, makeReport, type Report } from "../../pullRequest/report.ts";
import { print, say } from "../output.ts";
import { type PlanOptions, readOrMakePlan, withPlanOptions } from "./plan.ts";
import { runPreflight } from "./preflight.ts";

interface PrOptions extends PlanOptions {
  readonly plan?: string;
  readonly basePlan?: string;
  readonly base?: string;
  readonly app?: string;
  readonly pullRequest?: string;
  readonly registry?: readonly string[];
  readonly waivers?: string;
  readonly preflight: boolean;
  readonly print: boolean;
}

/** Characters of a comment that is only printed. */
const UNLIMITED = Number.MAX_SAFE_INTEGER;

/**
 * `devfactory pr`: judges the change and keeps one comment about it. Exit codes: 0 nothing stands in the way, 1 a policy fails or a
 * guardrail blocks, 2 wrong use (also a token that may not comment).
 */
export function addPrCommand(program: Command): void {
  withPlanOptions(program.command("pr [folder]").description("judge a pull request and keep one comment about it"))
    .option("--plan <file>", "plan of the head, from `devfactory plan --output json`, instead of a folder")
    .option("--base-plan <file>", "plan of the base, from `devfactory plan --output json`")
    .option("--base <folder>", "folder of the base, checked out beside the head")
    .option("--app <name>", "tells the comments of several apps of a repository apart; else the folder's name")
    .option("--pull-request <number>", "number of the pull request; else the one of the pipeline")
    .option("--registry <host...>", "registries that images may come from")
    .option("--waivers <file>", "exceptions to policies, with reason, owner and end")
    .option("--preflight", "ask Azure too; needs a sign-in that may read", false)
    .option("--print", "print the comment and post nothing", false)
    .action(async (folder: string | undefined, options: PrOptions) => {
      const head = options.plan === undefined ? await readOrMakePlan(folder, options) : readPlan(options.plan);
      const preflight = options.preflight ? await runPreflight(head, process.env) : undefined;
      const report = judge(head, await basePlan(options), options, preflight);
      const app = options.app ?? basename(resolve(folder ?? "."));
      if (options.print) print(render(report, { app, limit: UNLIMITED }));
      else await post(report, app, options);
      if (report.verdict === "fail") process.exitCode = 1;
    });
}

async function basePlan({ basePlan, base, ...options }: PrOptions): Promise<PlanDocument | undefined> {
  if (basePlan !== undefined) return readPlan(basePlan);
  return base === undefined ? undefined : planFolder(base, options, process.env);
}

function judge(
  head: PlanDocument,
  base: PlanDocument | undefined,
  { registry, waivers }: PrOptions,
  preflight: readonly PreflightFinding[] | undefined,
): Report {
  return makeReport({
    head,
    now: new Date(),
    ...(base && { base }),
    ...(preflight && { preflight }),
    evaluate: evaluatePolicies,
    ...(waivers !== undefined && { waivers: readJsonFile(waivers, WaiverFile, "WAIVERS_INVALID").waivers }),
    ...(registry && { allowedRegistries: registry }),
  });
}

async function post(report: Report, app: string, { pullRequest }: PrOptions): Promise<void> {
  const host = openHost(process.env, pullRequest === undefined ? undefined : Number(pullRequest));
  const body = render(report, { app, limit: host.limit });
  const headline = body.split("\n")[0] ?? "";
  // First to the log: it is there even when the host refuses.
  say(headline);
  const kept = await keepComment(host, app, body, hasNews(report));
  await host.setStatus?.(report.verdict, headline.replaceAll("**", ""));
  say(`${host.name}: the comment is ${kept === "silent" ? "not needed, nothing changed" : kept}.`);
}

/** Azure Pipelines sets TF_BUILD; everything else is taken for GitHub. */
function openHost(environment: NodeJS.ProcessEnv, number: number | undefined): CommentHost {
  if (environment.TF_BUILD) return new DevOpsComments(devOpsPullRequest(environment, number));
  return new GitHubComments(gitHubPullRequest(environment, number));
}
