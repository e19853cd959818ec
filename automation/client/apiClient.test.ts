import { expect, it } from "vitest";
import { testApi } from "../api/testApi.ts";
import { ApiClient, ApiError } from "./apiClient.ts";
import { readServerSentEvents } from "./serverSentEvents.ts";

function open(token = "t1.u1.write") {
  const api = testApi();
  const request = (async (input: string | URL, init?: RequestInit) =>
    api.app.request(String(input).replace("http://api", ""), init)) as typeof fetch;
  return { api, client: new ApiClient({ baseUrl: "http://api/", token: async () => token, fetch: request }) };
}

it("makes, lists, reads, cancels and retries jobs", async () => {
  const { api, client } = open();
  const job = await client.createJob({ prompt: "a clinic" }, "key");
  expect((await client.createJob({ prompt: "a clinic" }, "key")).id).toBe(job.id);
  await api.outbox.idle();
  expect((await client.jobs({ limit: 5 })).map((each) => each.id)).toEqual([job.id]);
  expect((await client.cancel(job.id)).status).toBe("cancelled");
  const again = await client.retry(job.id);
  expect([(await client.job(again.id)).parentJobId, (await client.app(job.appId)).activeJobs]).toEqual([
    job.id,
    [again.id],
  ]);
});

it("stores, shows and forgets a key of the tenant, for operators", async () => {
  const { client } = open("t1.ada.operator");
  expect(await client.key("openai")).toBeUndefined();
  const key = { key: "canary-key-0123456789abcdef", monthlyUsd: 50 };
  expect(await client.putKey("openai", key)).toMatchObject({ provider: "openai", last4: "cdef", monthlyUsd: 50 });
  expect(await client.key("openai")).toMatchObject({ last4: "cdef", spending: { spentUsd: 0 } });
  expect(await client.putKey("github", { key: key.key })).toMatchObject({ provider: "github" });
  await client.deleteKey("openai");
  expect(await client.key("openai")).toBeUndefined();
  await expect(client.deleteKey("openai")).rejects.toMatchObject({ code: "KEY_NOT_FOUND" });
  await expect(open().client.putKey("openai", key)).rejects.toMatchObject({ status: 403 });
});

it("an error carries code, fix and fields", async () => {
  const { client } = open();
  const error = await client.createJob({ prompt: "" }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({
    status: 422,
    code: "INVALID_REQUEST",
    errors: [{ path: "prompt", problem: "must contain words" }],
  });
});

it("follows the events of a job to its end", async () => {
  const { client } = open();
  const job = await client.createJob({ prompt: "a clinic" });
  await client.cancel(job.id);
  const types = [];
  for await (const event of client.events(job.id, { after: 1 })) types.push([event.seq, event.type]);
  expect(types).toEqual([
    [2, "cancel_requested"],
    [3, "cancelled"],
  ]);
});

it("reads events that are cut anywhere, with comments and several data lines", async () => {
  const text = ": hi\n\nid: 1\nevent: log\ndata: a\ndata: ü\n\nretry: 5\n\ndata:x\n\n";
  const bytes = new TextEncoder().encode(text);
  for (let cut = 1; cut < bytes.length; cut++) {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const chunk of [bytes.slice(0, cut), bytes.slice(cut)]) controller.enqueue(chunk);
        controller.close();
      },
    });
    const all = [];
    for await (const event of readServerSentEvents(new Response(body))) all.push(event);
    expect(all).toEqual([
      { id: "1", event: "log", data: "a\nü" },
      { id: "", event: "message", data: "x" },
    ]);
  }
});
