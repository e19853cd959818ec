import { expect, it } from "vitest";
import { DevOpsComments, devOpsPullRequest } from "./azureDevOps.ts";
import { keepComment } from "./comment.ts";
import { markerOf } from "./render.ts";
import { startDevOps } from "./testing/devOpsPeer.ts";

const body = (text: string) => `${text}\n${markerOf("shop")}`;

async function open(token = "build-token", repository = "repo-1") {
  const devOps = await startDevOps();
  const at = { collectionUrl: `${devOps.peer.url}/acme/`, project: "Shop Project", repository, number: 5, token };
  const host = () => new DevOpsComments(at, { sleep: async () => {} });
  const shown = () =>
    devOps.threads.flatMap(({ status, comments }) =>
      comments.filter((each) => !each.isDeleted).map(({ content }) => [status, content]),
    );
  return { ...devOps, host, shown, [Symbol.asyncDispose]: () => devOps.peer[Symbol.asyncDispose]() };
}

it("one closed thread is kept up to date, and threads of others are left alone", async () => {
  await using devOps = await open();
  devOps.add(body("planted"), "somebody");
  const kept = [];
  for (const text of ["one", "two", "two"]) kept.push(await keepComment(devOps.host(), "shop", body(text), true));
  expect([kept, devOps.shown()]).toEqual([
    ["created", "updated", "equal"],
    [
      [1, body("planted")],
      [4, body("two")],
    ],
  ]);
});

it("two runs at once leave one comment, and one that was deleted is made again", async () => {
  await using devOps = await open();
  await Promise.all(["first", "second"].map((text) => keepComment(devOps.host(), "shop", body(text), true)));
  expect(devOps.shown().length).toBe(1);
  for (const { comments } of devOps.threads) for (const comment of comments) comment.isDeleted = true;
  expect(await keepComment(devOps.host(), "shop", body("third"), true)).toBe("created");
  expect(devOps.shown()).toEqual([[4, body("third")]]);
});

it.each([
  ["pass", "succeeded"],
  ["unsure", "succeeded"],
  ["fail", "failed"],
] as const)("the verdict %s is the status %s", async (verdict, state) => {
  await using devOps = await open();
  await devOps.host().setStatus(verdict, "Passes · 10.00 USD a month");
  expect(devOps.statuses).toEqual([
    { state, description: "Passes · 10.00 USD a month", context: { name: "devfactory", genre: "checks" } },
  ]);
});

it.each([
  ["without the right to contribute", "reader-token", "repo-1", "NOT_ALLOWED"],
  ["of a repository that is not there", "build-token", "repo-2", "NOT_FOUND"],
])("a token %s is told", async (_, token, repository, code) => {
  await using devOps = await open(token, repository);
  await expect(keepComment(devOps.host(), "shop", body("one"), true)).rejects.toMatchObject({ code });
});

it("the pull request is read from the pipeline's variables", () => {
  const environment = {
    SYSTEM_COLLECTIONURI: "https://dev.azure.com/acme",
    SYSTEM_TEAMPROJECT: "Shop",
    BUILD_REPOSITORY_ID: "r",
    SYSTEM_PULLREQUEST_PULLREQUESTID: "9",
    SYSTEM_ACCESSTOKEN: "t",
  };
  expect(devOpsPullRequest(environment)).toEqual({
    collectionUrl: "https://dev.azure.com/acme/",
    project: "Shop",
    repository: "r",
    number: 9,
    token: "t",
  });
  expect(() => devOpsPullRequest({ ...environment, SYSTEM_ACCESSTOKEN: "" })).toThrow(/SYSTEM_ACCESSTOKEN is not set/);
  expect(() => devOpsPullRequest({ ...environment, SYSTEM_PULLREQUEST_PULLREQUESTID: "" })).toThrow(
    /SYSTEM_PULLREQUEST_PULLREQUESTID is not set/,
  );
});
