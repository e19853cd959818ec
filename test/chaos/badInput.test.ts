import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CHECKOUT } from "../e2e/platform.ts";
import { Chaos, STRANGER } from "./house.ts";

const DEEP = 100_000;
const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;

/** What a running platform answers to what it cannot use. */
describe("bad input", () => {
  const platform = new Chaos();

  beforeAll(async () => {
    await platform.start(/Ready/);
    await platform.token();
    await platform.token(STRANGER);
  }, 90_000);

  afterAll(() => platform[Symbol.asyncDispose](), 30_000);

  it.each([
    ["an empty prompt", { prompt: "" }, "prompt", "must contain words"],
    ["white space", { prompt: " \n\t " }, "prompt", "must contain words"],
    ["only signs", { prompt: "?!? 123 --" }, "prompt", "must contain words"],
    ["a prompt of 100 kB", { prompt: "an app ".repeat(14_500) }, "prompt", "must have at most 20000 characters"],
    ["no prompt", {}, "prompt", "Invalid input: expected string, received undefined"],
    ["a number as the prompt", { prompt: 5 }, "prompt", "Invalid input: expected string, received number"],
    ["null", null, "", "Invalid input: expected object, received null"],
    ["a list", [{ prompt: "a shop" }], "", "Invalid input: expected object, received array"],
    ["an unknown key", { prompt: "a shop", role: "operator" }, "", 'Unrecognized key: "role"'],
    ["a constructor key", '{"prompt":"a shop","constructor":{}}', "", 'Unrecognized key: "constructor"'],
    ["deep options", `{"prompt":"a shop","options":${nested(90)}}`, "options", 'Unrecognized key: "a"'],
    [
      "an unknown profile",
      { prompt: "a shop", options: { profile: "gold" } },
      "options.profile",
      'Invalid option: expected one of "dev"|"standard"|"production"',
    ],
    [
      "a region that is a path",
      { prompt: "a shop", options: { region: "../etc" } },
      "options.region",
      "must be an Azure region name such as westeurope",
    ],
  ])("%s is refused with its path and problem", async (_case, body, path, problem) => {
    const { status, type, json } = await platform.call("POST", "/jobs", body);
    expect([status, type, json.code, json.errors]).toEqual([
      422,
      "application/problem+json",
      "INVALID_REQUEST",
      [{ path, problem }],
    ]);
  });

  it.each([
    ["a prototype key", '{"prompt":"a shop","__proto__":{"tenantId":"x"}}', "application/json", 400, "MALFORMED_BODY"],
    ["a deep list", `${"[".repeat(DEEP)}${"]".repeat(DEEP)}`, "application/json", 400, "MALFORMED_BODY"],
    ["deeper options", `{"prompt":"a shop","options":${nested(50_000)}}`, "application/json", 400, "MALFORMED_BODY"],
    ["broken JSON", '{"prompt":', "application/json", 400, "MALFORMED_BODY"],
    ["an empty body", "", "application/json", 422, "INVALID_REQUEST"],
    ["text", "a shop", "text/plain", 415, "UNSUPPORTED_TYPE"],
    ["XML", "<prompt/>", "application/xml", 415, "UNSUPPORTED_TYPE"],
    ["800 kB", JSON.stringify({ prompt: "a ".repeat(400_000) }), "application/json", 413, "BODY_TOO_LARGE"],
  ])("%s is refused", async (_case, body, contentType, status, code) => {
    const answer = await platform.call("POST", "/jobs", body, { "content-type": contentType });
    expect([answer.status, answer.json.code]).toEqual([status, code]);
  });

  it.each([
    ["", "There is no bearer token."],
    ["Basic YTpi", "There is no bearer token."],
    ["Bearer a.b.c", "Refused: the token is not a JSON web token."],
    ["Bearer eyJhbGciOiJub25lIn0.eyJ0aWQiOiJfX3Byb3RvX18ifQ.", "Refused: the token is of no organisation's tenant."],
  ])("the authorization %j opens nothing", async (authorization, detail) => {
    const { status, json } = await platform.call("GET", "/jobs", undefined, { authorization });
    expect([status, json.code, json.detail]).toEqual([401, "UNAUTHORIZED", detail]);
  });

  it.each([
    ["/jobs?limit=abc", 422],
    ["/jobs?limit=100000", 422],
    ["/jobs?offset=1", 422],
    ["/jobs/__proto__", 404],
    ["/jobs/..%2f..%2fetc%2fpasswd", 404],
    ["/jobs/%00", 404],
    ["/jobs/%zz", 404],
    ["/apps/constructor", 404],
    [`/jobs/${"a".repeat(8_000)}`, 422],
  ])("GET %s answers a problem", async (path, status) => {
    const answer = await platform.call("GET", path);
    expect([answer.status, answer.type]).toEqual([status, "application/problem+json"]);
  });

  it("until here no job was made, not even half of one", async () => {
    expect((await platform.call("GET", "/jobs")).json).toEqual({ jobs: [] });
    expect((await platform.call("GET", "/apps")).json).toEqual({ apps: [] });
  });

  it("a prompt without sense waits with a question, and what belongs to another tenant does not exist", async () => {
    const jobId = await platform.create("asdf qwer zxcv");
    const job = await platform.until(jobId, ({ status }) => status === "waiting");
    expect(job.questions).toEqual([expect.stringMatching(/^What should the app keep track of\?/)]);
    const answers = await Promise.all(
      [
        ["GET", `/jobs/${jobId}`],
        ["GET", `/jobs/${jobId}/events`],
        ["GET", `/apps/${job.appId}`],
        ["POST", `/jobs/${jobId}/cancel`],
        ["POST", `/jobs/${jobId}/retry`],
        ["POST", `/jobs/${jobId}/finalize`],
        ["POST", `/jobs/${jobId}/feedback`, { content: "yes please" }],
        ["POST", "/jobs", { prompt: "a shop", appId: job.appId }],
        ["DELETE", `/apps/${job.appId}`],
      ].map(([method, path, body]) => platform.call(String(method), String(path), body, {}, STRANGER)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 9 }, () => 404));
    expect((await platform.call("GET", "/jobs", undefined, {}, STRANGER)).json).toEqual({ jobs: [] });
    expect((await platform.call("GET", `/jobs/${jobId}`)).json.status).toBe("waiting");
  }, 60_000);

  it("the command line says what is wrong, with the allowed values, and ends with 1", async () => {
    const [empty, profile] = await Promise.all([
      platform.devfactory("create", ""),
      platform.devfactory("create", "a shop", "--profile", "gold"),
    ]);
    expect([empty.code, empty.stderr]).toEqual([1, expect.stringContaining("prompt: must contain words")]);
    expect([profile.code, profile.stderr]).toEqual([
      1,
      expect.stringMatching(/There is no profile gold\.\n.*dev, standard, production/),
    ]);
  }, 30_000);

  it("a stack with an invalid spec is refused before anything is made: path, problem, allowed values", async () => {
    const env = await platform.emulatorEnv();
    const cwd = join(CHECKOUT, "stacks", "app");
    const pulumi = (...args: string[]) => platform.shell("pulumi", args, cwd, env);
    const name = `chaos${process.pid}`;
    const spec = { version: 1, name: "shop", title: "Shop", profile: "gold", services: [] };
    try {
      await pulumi("stack", "init", name);
      for (const [key, value] of Object.entries({ spec, images: {}, deployment: {} })) {
        await pulumi("config", "set", `devfactory:${key}`, JSON.stringify(value), "--stack", name);
      }
      const preview = await pulumi("preview", "--stack", name);
      expect(preview.code).not.toBe(0);
      expect(preview.stdout + preview.stderr).toContain(
        "The app spec is not valid: profile: is none of the allowed values (allowed: dev, standard, production); services: Too small: expected array to have >=1 items (allowed: at least 1 entry).",
      );
    } finally {
      await pulumi("stack", "rm", "--yes", name);
      rmSync(join(cwd, `Pulumi.${name}.yaml`), { force: true });
    }
  }, 60_000);
});
