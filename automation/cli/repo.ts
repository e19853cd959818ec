import type { JobView, NewJob } from "../client/apiClient.ts";
import { providerAt } from "../repos/repoTarget.ts";
import { plain } from "./output.ts";

export interface RepoOptions {
  readonly repo?: string;
  readonly repoBranch?: string;
}

export const REPO_OPTION = [
  "--repo <address>",
  "keep its versions in this repository of GitHub or Azure Repos",
] as const;
export const BRANCH_OPTION = ["--repo-branch <name>", "on this branch (default: main)"] as const;

/** What the service is asked for. A server of one's own is taken for GitHub's; `PUT /apps/{id}/repo` can say otherwise. */
export function repoWish({ repo: url, repoBranch: branch }: RepoOptions): Pick<NewJob, "repo"> {
  if (url === undefined) return {};
  const owner = URL.canParse(url) ? providerAt(new URL(url).host) : undefined;
  const provider = owner === "azure-repos" ? owner : "github";
  return { repo: { provider, url, ...(branch !== undefined && { branch }) } };
}

/** What became of the version, for a person. */
export function repoLines(repo: JobView["repo"]): readonly string[] {
  if (!repo) return [];
  const { url, branch, commit = "", problem } = repo;
  if (!problem) return [`Version in:    ${branch} of ${url}, commit ${commit.slice(0, 12)}`];
  return [`Not in ${branch} of ${url}: ${plain(problem.detail)}`, `  ${problem.fix}`];
}
