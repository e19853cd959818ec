import type { GitProvider } from "../keys/keyStore.ts";

/** A branch of a repository that keeps an app's versions. */
export interface Repo {
  readonly provider: GitProvider;
  /** Over https, without a sign-in. */
  readonly url: string;
  readonly branch: string;
}

/** What became of the last version that was to go there. */
export interface RepoState extends Repo {
  /** Whose tree is the version's. Beside `problem`: of the last version that got there. */
  readonly commit?: string;
  /** The job whose version it was. */
  readonly jobId?: string;
  readonly at?: string;
  /** Why it is not there. */
  readonly problem?: { readonly code: string; readonly detail: string; readonly fix: string };
}

export function isSameRepo(a: Repo | undefined, b: Repo): boolean {
  return a?.provider === b.provider && a.url === b.url && a.branch === b.branch;
}

/** A repository that somebody named, with what is known when it is the one of before. */
export function repoOf(known: RepoState | undefined, wish: Repo): RepoState {
  return known && isSameRepo(known, wish) ? known : wish;
}
