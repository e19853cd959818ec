import { expect, it } from "vitest";
import { AutomationError } from "../errors.ts";
import { judgeRefusal, repoError } from "./refusal.ts";

const REPO = { provider: "github", url: "https://github.com/a/b", branch: "main" } as const;
const refused = (said: string | undefined, problem = "git says: it") =>
  new AutomationError("GIT_REFUSED", { url: REPO.url, problem, ...(said !== undefined && { said }) });

// Words of git 2.39; of GitHub and Azure Repos as issues quote them (ad-m/github-push-action #61, microsoft/win-net-test #45, GERSL/pycold #13).
it.each([
  [" ! [rejected]        1f -> main (fetch first)", "contended", "REPO_PUSH_REFUSED"],
  [" ! [rejected]        1f -> main (non-fast-forward)", "contended", "REPO_PUSH_REFUSED"],
  [" ! [remote rejected] 1f -> main (failed to update ref)", "contended", "REPO_PUSH_REFUSED"],
  [" ! [remote rejected] 1f -> main (incorrect old value provided)", "contended", "REPO_PUSH_REFUSED"],
  [
    " ! [remote rejected] 1f -> main (cannot lock ref 'refs/heads/main': is at 2e but expected 1f)",
    "contended",
    "REPO_PUSH_REFUSED",
  ],
  [" ! [remote rejected] 1f -> main (protected branch hook declined)", "rejected", "REPO_PUSH_REFUSED"],
  [
    " ! [remote rejected] 1f -> main (TF402455: Pushes to this branch are not permitted; you must use a pull request to update this branch.)",
    "rejected",
    "REPO_PUSH_REFUSED",
  ],
  ["fatal: could not read Username for 'https://github.com': terminal prompts disabled", "final", "REPO_ACCESS_DENIED"],
  ["fatal: Authentication failed for 'https://dev.azure.com/a/b/_git/c/'", "final", "REPO_ACCESS_DENIED"],
  [
    "fatal: unable to access 'https://github.com/a/b/': The requested URL returned error: 403",
    "final",
    "REPO_ACCESS_DENIED",
  ],
  [
    "remote: Repository not found.\nfatal: repository 'https://github.com/a/b/' not found",
    "final",
    "REPO_ACCESS_DENIED",
  ],
  ["error: RPC failed; curl 56 OpenSSL SSL_read: unexpected eof", "broken", "REPO_UNREACHABLE"],
  [
    "fatal: unable to access 'https://github.com/a/b/': The requested URL returned error: 502",
    "broken",
    "REPO_UNREACHABLE",
  ],
  [undefined, "final", "REPO_UNREACHABLE"],
] as const)("%s", (said, refusal, code) => {
  const error = refused(said);
  expect([judgeRefusal(error), repoError(error, REPO, "a1").code]).toEqual([refusal, code]);
});

it("what the host says is told with what git makes of it, bounded; what is no word of git stays as it is", () => {
  const said = `remote: error: GH013: Repository rule violations\nremote: \nremote: ${"x".repeat(500)}\n ! [remote rejected] 1f -> main (push declined)\nerror: failed`;
  const { message } = repoError(refused(said), REPO, "a1");
  expect(message).toMatch(
    /^main of https:\/\/github\.com\/a\/b: push declined; error: GH013: Repository rule violations; x+\.$/,
  );
  expect(message.length).toBeLessThan(340);
  const other = new AutomationError("REPO_CONTENDED", { url: REPO.url, branch: "main", tries: 5 });
  expect(repoError(other, REPO, "a1")).toBe(other);
});
