import { expect, it } from "vitest";
import { checkedRepo } from "./repoTarget.ts";

const HOSTS = ["github.com", "gitlab.com", "dev.azure.com", "acme.visualstudio.com", "git.acme.example:8443"];
const GITHUB = { provider: "github", url: "https://github.com/acme/notes" } as const;

it.each([
  [GITHUB, { ...GITHUB, branch: "main" }],
  [{ ...GITHUB, url: "https://github.com/acme/notes.git/", branch: "apps/notes" }, "https://github.com/acme/notes.git"],
  [
    { provider: "azure-repos", url: "https://dev.azure.com/acme/shop/_git/notes" },
    "https://dev.azure.com/acme/shop/_git/notes",
  ],
  [
    { provider: "azure-repos", url: "https://acme.visualstudio.com/shop/_git/notes" },
    "https://acme.visualstudio.com/shop/_git/notes",
  ],
  [{ provider: "github", url: "https://git.acme.example:8443/a/b" }, "https://git.acme.example:8443/a/b"],
  [{ provider: "azure-repos", url: "https://git.acme.example:8443/a/b" }, "https://git.acme.example:8443/a/b"],
] as const)("%j is taken", (wish, expected) => {
  const repo = checkedRepo(wish, HOSTS);
  const branch = "branch" in wish ? wish.branch : "main";
  expect(repo).toEqual(typeof expected === "string" ? { provider: wish.provider, url: expected, branch } : expected);
});

it.each([
  [{ url: "http://github.com/a/b" }, "http://github.com/a/b: only https is taken."],
  [{ url: "git@github.com:a/b" }, "git@github.com:a/b: is no address."],
  [
    { url: "https://me:secret@github.com/a/b" },
    "https://github.com/a/b: a name or password does not belong into the address.",
  ],
  [
    { url: "https://ghp-token@github.com/a/b" },
    "https://github.com/a/b: a name or password does not belong into the address.",
  ],
  [
    { url: "https://github.com/a/b?token=secret" },
    "https://github.com/a/b: must be the address of a repository, without ? and #.",
  ],
  [{ url: "https://github.com/" }, "https://github.com/: it names no repository."],
  [{ url: "https://10.0.0.1/a/b" }, `https://10.0.0.1/a/b: the host is not allowed; allowed are ${HOSTS.join(", ")}.`],
  [{ url: "https://gitlab.com/a/b" }, "https://gitlab.com/a/b: gitlab.com is no host of github."],
  [
    { url: "https://dev.azure.com/a/b/_git/c" },
    "https://dev.azure.com/a/b/_git/c: dev.azure.com is no host of github.",
  ],
  [{ provider: "azure-repos" }, "https://github.com/acme/notes: github.com is no host of azure-repos."],
  [{ branch: "HEAD" }, "https://github.com/acme/notes: HEAD is no name of a branch."],
  [{ branch: "refs/heads/main" }, "https://github.com/acme/notes: refs/heads/main is no name of a branch."],
  [{ branch: "--force" }, "https://github.com/acme/notes: --force is no name of a branch."],
  [{ branch: "a:b" }, "https://github.com/acme/notes: a:b is no name of a branch."],
  [{ branch: "a//b" }, "https://github.com/acme/notes: a//b is no name of a branch."],
  [{ branch: "a/.b" }, "https://github.com/acme/notes: a/.b is no name of a branch."],
  [{ branch: "a.lock/b" }, "https://github.com/acme/notes: a.lock/b is no name of a branch."],
] as const)("%j is refused: a token goes to its own provider alone, and no credential is told", (change, message) => {
  const refused = () => checkedRepo({ ...GITHUB, ...change }, HOSTS);
  expect(refused).toThrow(expect.objectContaining({ code: "REPO_INVALID", message }));
});
