import { sourceOnly } from "../archive/fileSet.ts";
import { AutomationError, type ErrorRecord, toErrorRecord } from "../errors.ts";
import type { SourceRecord } from "../jobs/documents.ts";
import { isSameRepo, type Repo, type RepoState } from "../jobs/repo.ts";
import type { Pushed } from "../repos/pushVersion.ts";
import { withoutUser } from "../webhooks/pushes.ts";
import type { JobSession } from "./jobSession.ts";
import type { Step } from "./step.ts";
import { loadWorkspace } from "./workspace.ts";

/** A version that runs. */
export interface RunningVersion {
  /** Blob with its files. */
  readonly workspace: string;
  readonly iteration: number;
  readonly title: string;
}

interface PushInput extends RunningVersion {
  readonly repo: Repo;
}

/** These end the job as everywhere else. */
const ENDING: ReadonlySet<string> = new Set(["CANCELLED", "SHUTTING_DOWN", "LEASE_LOST"]);

/** The files that `sync` stores, as one commit. The token is read for this push and kept nowhere. */
const pushStep: Step<PushInput, Pushed> = {
  name: "repo",
  timeoutMs: 180_000,
  async run({ repo, workspace, iteration, title }, { services, job, app, report, signal }) {
    const { appId, jobId, tenantId, createdAt } = job;
    // A push to the branch that the app follows would deploy it again, and again; also that of a rollback, whose own source is older.
    if ([job.source, app.source].some((source) => comesFrom(source, repo)))
      throw new AutomationError("REPO_IS_SOURCE", { ...repo, app: appId });
    const token = await services.repos.token(tenantId, repo.provider);
    report({ type: "secret_read", message: `The token of ${repo.provider} was read for a push` });
    const files = sourceOnly(await loadWorkspace(services.workspaces, workspace));
    return services.repos.push(
      { repo, files, appId, jobId, iteration, title, at: job.startedAt ?? createdAt },
      token,
      signal,
    );
  },
};

function comesFrom(source: SourceRecord | undefined, { url, branch }: Repo): boolean {
  const git = source?.git;
  return !!git && withoutUser(git.url) === withoutUser(url) && (git.ref === branch || git.ref === "HEAD");
}

/**
 * Keeps a version that runs in the app's repository, where it has one. It never fails the deployment: why it did not get there is told by
 * the job and the app, and the next version goes there again. What the ledger throws is no push's: the attempt is repeated as everywhere.
 */
export async function pushRepo(session: JobSession, version: RunningVersion): Promise<void> {
  const { lease } = session.options;
  const known = (await lease.app()).repo;
  if (!known) return;
  const { provider, url, branch } = known;
  const repo = { provider, url, branch };
  const pushed = await tryPush(session, { repo, ...version });
  if ("commit" in pushed) {
    const { commit, outcome } = pushed;
    const words = outcome === "there" ? "was in" : "was pushed to";
    const message = `Version ${version.iteration} ${words} ${branch} of ${url} as ${commit.slice(0, 12)}`;
    const event = { type: "repo_pushed", message, data: { ...repo, commit, outcome } } as const;
    return settle(session, { ...repo, commit }, event);
  }
  const { code, detail, fix } = pushed;
  const message = `Version ${version.iteration} is not in ${branch} of ${url}: ${detail}`;
  const event = { type: "repo_refused", level: "warning", message, data: { ...repo, code, fix } } as const;
  return settle(session, { ...repo, problem: { code, detail, fix } }, event);
}

/** @returns why it is not there, when the push itself failed; other errors are thrown */
async function tryPush(session: JobSession, input: PushInput): Promise<Pushed | ErrorRecord> {
  let isRefused = false;
  const run: typeof pushStep.run = async (given, context) => {
    try {
      return await pushStep.run(given, context);
    } catch (error) {
      isRefused = true;
      throw error;
    }
  };
  try {
    return await session.step({ ...pushStep, run }, input);
  } catch (error) {
    if (!isRefused || (error instanceof AutomationError && ENDING.has(error.code))) throw error;
    return session.options.redactor.data(toErrorRecord(plain(error, input.repo)));
  }
}

/** The words of a step's timeout are for jobs that fail by it. */
function plain(error: unknown, { url }: Repo): unknown {
  if (!(error instanceof AutomationError) || error.code !== "STEP_TIMEOUT") return error;
  const reason = `it did not take the version within ${error.details.seconds} s`;
  return new AutomationError("REPO_UNREACHABLE", { url, reason }, { cause: error });
}

/** Writes down what became of it; a repository that was named meanwhile is another matter. */
async function settle(
  session: JobSession,
  outcome: RepoState,
  event: Parameters<JobSession["report"]>[0],
): Promise<void> {
  const at = new Date(session.options.store.now()).toISOString();
  const { jobId } = session;
  await session.commit((_job, app) => {
    const before = app.repo;
    // What got there last stays told beside the problem of a later version.
    const kept = outcome.commit === undefined && before?.commit !== undefined && { commit: before.commit };
    const isStill = before !== undefined && isSameRepo(before, outcome);
    return {
      job: { repo: { ...outcome, jobId, at } },
      ...(isStill && { app: { repo: { ...kept, ...outcome, jobId, at } } }),
      events: [event],
    };
  });
}
