import type { RepoView } from "../contract.ts";

/** Where the app's versions are kept, with the newest commit, or why the last one is not there and what to do. */
export function Repo({ repo }: { readonly repo: RepoView }) {
  const { url, branch, commit, problem } = repo;
  const address = url.replace(/\.git$/, "");
  return (
    <p className="note">
      Versions are kept in{" "}
      <a href={address} target="_blank" rel="noreferrer">
        {branch} of {url}
      </a>
      {commit !== undefined && (
        <>
          , newest commit{" "}
          <a href={`${address}/commit/${commit}`} target="_blank" rel="noreferrer">
            {commit.slice(0, 12)}
          </a>
        </>
      )}
      {problem && `. The last version is not there: ${problem.detail} ${problem.fix}`}
    </p>
  );
}
