import { expect, it } from "vitest";
import type { FileSet } from "../archive/fileSet.ts";
import { writeZip } from "../archive/zip.ts";
import { testApi } from "./testApi.ts";
import { finish, releaseOf } from "./testing/deployed.ts";

type TestApi = ReturnType<typeof testApi>;

const FILES: FileSet = new Map([["index.html", { content: Buffer.from("<p>"), executable: false }]]);

async function bring(api: TestApi, appId: unknown) {
  const zip = { "content-type": "application/zip" };
  expect((await api.call("POST", `/apps/${appId}/source`, writeZip(FILES), undefined, zip)).status).toBe(201);
}

/** What each way to ask agents for a change of an app answers. */
async function asked(api: TestApi, appId: unknown, jobId: unknown): Promise<readonly unknown[]> {
  const form = new FormData();
  form.append("content", "add a phone number");
  form.append("files", new Blob(["x"]), "screen.png");
  const answers = [
    await api.call("POST", "/jobs", { prompt: "add a phone number", appId }),
    await api.call("POST", `/jobs/${jobId}/feedback`, { content: "add a phone number" }),
    await api.call("POST", `/jobs/${jobId}/feedback`, form),
  ];
  return answers.map(({ status, json }) => [status, json.code]);
}

const refusal = (code: string) => [409, code];

it("agents are asked for no change of an app whose files people bring: they would put another one in its place", async () => {
  const api = testApi();
  const { appId } = (await api.call("POST", "/apps", {})).json;
  await bring(api, appId);
  const { deploymentId } = (await api.call("POST", "/deploy", { appId })).json;
  await finish(api, deploymentId, { release: releaseOf(1) });
  const before = api.store.all().length;
  expect(await asked(api, appId, deploymentId)).toEqual(Array(3).fill(refusal("APP_FILES_ARE_OWN")));
  const stored = api.uploads.size;
  expect([api.store.all().length, stored]).toEqual([before, 0]);
});

it("nor of one that gets its versions from another app; that one is named", async () => {
  const api = testApi();
  const { appId, jobId } = (await api.call("POST", "/jobs", { prompt: "a clinic" })).json;
  await finish(api, jobId, { release: releaseOf(1) });
  const { promotion } = (await api.call("POST", `/jobs/${jobId}/finalize`, { promote: { profile: "production" } }))
    .json;
  await finish(api, promotion.jobId, { release: releaseOf(1) });
  expect(await asked(api, promotion.appId, promotion.jobId)).toEqual(Array(3).fill(refusal("APP_IS_PROMOTED")));
  const { json } = await api.call("POST", "/jobs", { prompt: "more", appId: promotion.appId });
  expect(json.detail).toBe(
    `${promotion.appId} runs versions of ${appId}: a change here would be lost with the next one.`,
  );
});

it("an app that agents wrote is changed by words until people bring files, and an empty app is written by them", async () => {
  const api = testApi();
  const { appId, jobId } = (await api.call("POST", "/jobs", { prompt: "a clinic" })).json;
  await finish(api, jobId, { release: releaseOf(1) });
  expect(await asked(api, appId, jobId)).toEqual([
    [202, undefined],
    [201, undefined],
    [201, undefined],
  ]);
  await bring(api, appId);
  expect(await asked(api, appId, jobId)).toEqual(Array(3).fill(refusal("APP_FILES_ARE_OWN")));
  const empty = (await api.call("POST", "/apps", {})).json;
  expect((await api.call("POST", "/jobs", { prompt: "a shop", appId: empty.appId })).status).toBe(202);
});
