import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FileSet } from "../archive/fileSet.ts";
import { ARCHIVE_LIMITS } from "../archive/limits.ts";
import { readTar } from "../archive/tar.ts";
import { AutomationError } from "../errors.ts";
import { type GitHosts, gitAddress, pinOf } from "../git/address.ts";
import { isRefName } from "../git/refName.ts";
import { runGit } from "../git/runGit.ts";

export interface GitReference {
  readonly url: string;
  /** Branch, tag or full commit id. @default the repository's own branch */
  readonly ref?: string | undefined;
}

export interface GitOptions extends GitHosts {
  /** @default 60 s */
  readonly timeoutMs?: number;
  /** Of the repository as it comes. @default 200 MiB */
  readonly maxBytes?: number;
  /** Variables of git besides those that it always gets, for example `GIT_SSL_CAINFO`. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface FetchedSource {
  readonly files: FileSet;
  readonly url: string;
  readonly ref: string;
  /** What the reference meant when it was fetched. */
  readonly commit: string;
}

/**
 * Fetches one commit of a repository, without history, submodules, hooks and large file storage, and reads its files as an archive of
 * somebody else: nothing is checked out.
 *
 * @throws {AutomationError} `GIT_REFUSED` for an address, host or reference that is not taken, a size or time above the limit, or what
 *   git says; `ARCHIVE_REFUSED` for files that no archive may hold
 */
export async function fetchGit(reference: GitReference, options: GitOptions): Promise<FetchedSource> {
  const url = gitAddress(reference.url, options.hosts);
  const ref = checkedRef(url, reference.ref ?? "HEAD");
  const pin = await pinOf(url, options.outbound);
  const folder = mkdtempSync(join(tmpdir(), "devfactory-git-"));
  const signal = AbortSignal.timeout(options.timeoutMs ?? 60_000);
  const limit = options.maxBytes ?? ARCHIVE_LIMITS.totalBytes;
  const git = (...args: readonly string[]) =>
    runGit(url, [...pin, ...args], folder, { signal, limit, env: options.env ?? {} });
  try {
    await git("init", "--quiet", "--bare", "repository");
    const inRepository = ["-C", "repository"];
    await git(
      ...inRepository,
      "fetch",
      "--quiet",
      "--depth=1",
      "--no-tags",
      "--no-recurse-submodules",
      "--end-of-options",
      url,
      ref,
    );
    const commit = (await git(...inRepository, "rev-parse", "--verify", "FETCH_HEAD^{commit}")).toString().trim();
    const files = await readTar(await git(...inRepository, "archive", "--format=tar", commit));
    return { files, url, ref, commit };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function checkedRef(url: string, ref: string): string {
  if (isRefName(ref)) return ref;
  throw new AutomationError("GIT_REFUSED", {
    url,
    problem: `${ref.slice(0, 100)} is no name of a branch, tag or commit`,
  });
}
