import { expect, it } from "vitest";
import { keepComment } from "./comment.ts";
import { GitHubComments, gitHubPullRequest } from "./github.ts";
import { markerOf } from "./render.ts";
import { ACTIONS, PERSON, startGitHub } from "./testing/gitHubPeer.ts";

const MARKER = markerOf("shop");
const body = (text: string) => `${text}\n${MARKER}`;

async function open(token = "actions-token", repository = "acme/shop") {
  const gitHub = await startGitHub();
  const waits: number[] = [];
  const options = { sleep: async (ms: number) => void waits.push(ms), now: () => 1_000_000 };
  const at = { apiUrl: gitHub.peer.url, repository, number: 5, token };
  const host = () => new GitHubComments(at, options);
  const bodies = () => gitHub.comments.map((each) => each.body);
  return { ...gitHub, waits, host, bodies, [Symbol.asyncDispose]: () => gitHub.peer[Symbol.asyncDispose]() };
}

it("three pushes leave one comment: created, updated, and not touched when equal", async () => {
  await using gitHub = await open();
  const kept = [];
  for (const text of ["one", "two", "two"]) kept.push(await keepComment(gitHub.host(), "shop", body(text), true));
  expect([kept, gitHub.bodies()]).toEqual([["created", "updated", "equal"], [body("two")]]);
  expect(gitHub.peer.requests.filter((each) => !each.startsWith("GET"))).toEqual([
    "POST /repos/acme/shop/issues/5/comments",
    "PATCH /repos/acme/shop/issues/comments/1000",
  ]);
});

it("without news nothing is posted, but a comment that is there is brought up to date", async () => {
  await using gitHub = await open();
  expect(await keepComment(gitHub.host(), "shop", body("same"), false)).toBe("silent");
  expect(gitHub.bodies()).toEqual([]);
  gitHub.add(body("old"), ACTIONS);
  expect(await keepComment(gitHub.host(), "shop", body("reverted"), false)).toBe("updated");
  expect(gitHub.bodies()).toEqual([body("reverted")]);
});

it("the comment is found on the third page, and comments of others stay as they are", async () => {
  await using gitHub = await open();
  for (let index = 0; index < 230; index += 1) gitHub.add(`talk ${index}`, PERSON);
  gitHub.add(body("planted by a person"), PERSON);
  gitHub.add(`> quoted\n> ${MARKER}\n\nWhat does this mean?`, ACTIONS);
  gitHub.add(`other app\n${markerOf("shop-2")}`, ACTIONS);
  const ours = gitHub.add(body("old"), ACTIONS);
  for (let index = 0; index < 30; index += 1) gitHub.add(`later ${index}`, PERSON);
  const others = () => gitHub.comments.filter(({ id }) => id !== ours.id).map((each) => each.body);
  const before = others();
  expect(await keepComment(gitHub.host(), "shop", body("new"), true)).toBe("updated");
  expect([ours.body, others()]).toEqual([body("new"), before]);
  expect(gitHub.peer.requests.filter((each) => each.includes("comments?"))).toEqual([
    "GET /repos/acme/shop/issues/5/comments?per_page=100",
    "GET /repos/acme/shop/issues/5/comments?per_page=100&page=2",
    "GET /repos/acme/shop/issues/5/comments?per_page=100&page=3",
  ]);
});

it("a person's token keeps the person's own comment", async () => {
  await using gitHub = await open("person-token");
  gitHub.add(body("of the bot"), ACTIONS);
  await keepComment(gitHub.host(), "shop", body("of the person"), true);
  await keepComment(gitHub.host(), "shop", body("again"), true);
  expect(gitHub.bodies()).toEqual([body("of the bot"), body("again")]);
});

it("two runs at once leave one comment", async () => {
  await using gitHub = await open();
  await Promise.all(["first", "second"].map((text) => keepComment(gitHub.host(), "shop", body(text), true)));
  expect(gitHub.comments.length).toBe(1);
  // Both were made before either looked again: the run after it finds both and removes one.
  gitHub.add(body("extra"), ACTIONS);
  expect(await keepComment(gitHub.host(), "shop", body("last"), true)).toBe("updated");
  expect(gitHub.bodies()).toEqual([body("last")]);
});

it("limits and failures that pass are waited for as long as GitHub says", async () => {
  await using gitHub = await open();
  gitHub.peer.disturbances.push(
    { status: 502 },
    { status: 403, body: { message: "You have exceeded a secondary rate limit." }, headers: { "Retry-After": "7" } },
    { status: 429, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1003" } },
  );
  expect(await keepComment(gitHub.host(), "shop", body("one"), true)).toBe("created");
  expect([gitHub.waits, gitHub.bodies()]).toEqual([[1000, 7000, 3000], [body("one")]]);
});

it.each([
  ["a wrong token", "nonsense", "acme/shop", "TOKEN_REFUSED"],
  ["a token of a fork", "fork-token", "acme/shop", "NOT_ALLOWED"],
  ["a repository that it cannot see", "actions-token", "acme/other", "NOT_FOUND"],
])("%s is told at once, without the token", async (_, token, repository, code) => {
  await using gitHub = await open(token, repository);
  const error = await keepComment(gitHub.host(), "shop", body("one"), true).catch((each: unknown) => each);
  expect(error).toMatchObject({ code });
  expect([JSON.stringify(error), String((error as Error).stack)].join()).not.toContain(token);
  expect(gitHub.waits).toEqual([]);
});

it("a host that stays down is told after five tries", async () => {
  await using gitHub = await open();
  gitHub.peer.disturbances.push(...Array.from({ length: 5 }, () => ({ status: 503 })));
  await expect(keepComment(gitHub.host(), "shop", body("one"), true)).rejects.toMatchObject({
    message: "GitHub did not answer as it should after 5 tries: status 503",
  });
  expect(gitHub.waits).toEqual([1000, 2000, 4000, 8000]);
});

it("a next page on another host is not followed: the token would go there", async () => {
  await using gitHub = await open();
  await using other = await startGitHub().then(({ peer }) => peer);
  gitHub.peer.disturbances.push(
    { status: 403, body: {} },
    { status: 200, body: [], headers: { Link: `<${other.url}/steal>; rel="next"` } },
  );
  expect(await gitHub.host().find(MARKER)).toEqual([]);
  expect(other.requests).toEqual([]);
});

it("a redirect is not followed: the token would go there", async () => {
  await using gitHub = await open();
  await using other = await startGitHub().then(({ peer }) => peer);
  const away = { status: 307, headers: { Location: `${other.url}/user` } };
  gitHub.peer.disturbances.push(away, away, away, away, away);
  await expect(keepComment(gitHub.host(), "shop", body("one"), true)).rejects.toMatchObject({ code: "HOST_FAILED" });
  expect(other.requests).toEqual([]);
});

it("the pull request is read from the workflow's variables", () => {
  const environment = { GITHUB_REPOSITORY: "acme/shop", GITHUB_REF: "refs/pull/12/merge", GITHUB_TOKEN: "t" };
  expect(gitHubPullRequest(environment)).toEqual({
    apiUrl: "https://api.github.com",
    repository: "acme/shop",
    number: 12,
    token: "t",
  });
  expect(gitHubPullRequest({ ...environment, GITHUB_API_URL: "https://git.acme.example/api/v3/" }, 3)).toMatchObject({
    apiUrl: "https://git.acme.example/api/v3",
    number: 3,
  });
  expect(() => gitHubPullRequest({ ...environment, GITHUB_REF: "refs/heads/main" })).toThrow(
    /GITHUB_REF of a pull request/,
  );
  expect(() => gitHubPullRequest({ ...environment, GITHUB_TOKEN: "" })).toThrow(/GITHUB_TOKEN is not set/);
});
