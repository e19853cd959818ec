import { expect, it } from "vitest";
import { repoLines, repoWish } from "./repo.ts";

it.each([
  [{}, undefined],
  [{ repo: "https://github.com/a/b" }, { provider: "github", url: "https://github.com/a/b" }],
  [
    { repo: "https://dev.azure.com/a/b/_git/c", repoBranch: "apps/c" },
    { provider: "azure-repos", url: "https://dev.azure.com/a/b/_git/c", branch: "apps/c" },
  ],
  [
    { repo: "https://a.visualstudio.com/b/_git/c" },
    { provider: "azure-repos", url: "https://a.visualstudio.com/b/_git/c" },
  ],
  [{ repo: "https://git.acme.example/a" }, { provider: "github", url: "https://git.acme.example/a" }],
  [{ repo: "nonsense" }, { provider: "github", url: "nonsense" }], // the service says what is wrong
])("%j asks for %j", (options, repo) => {
  expect(repoWish(options).repo).toEqual(repo);
});

it("the end of a job says where its version is, or why not and what to do", () => {
  const repo = { provider: "github", url: "https://github.com/a/b", branch: "main" } as const;
  const problem = { code: "KEY_NOT_FOUND", detail: "No key.", fix: "Store it." };
  expect([
    repoLines(undefined),
    repoLines({ ...repo, commit: "0123456789abcdef" }),
    repoLines({ ...repo, commit: "0123456789abcdef", problem }),
  ]).toEqual([
    [],
    ["Version in:    main of https://github.com/a/b, commit 0123456789ab"],
    ["Not in main of https://github.com/a/b: No key.", "  Store it."],
  ]);
});
