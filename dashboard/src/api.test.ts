import { describe, expect, it } from "vitest";
import { type ApiProblem, createApi } from "./api.ts";
import type { JobEvent } from "./contract.ts";

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: RequestInit["body"];
}

/** An API on answers given in order; keeps what it was asked. */
function apiWith(...answers: (Response | Error)[]) {
  const asked: Asked[] = [];
  const answer = async (url: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    asked.push({ method: init.method ?? "GET", url: String(url), headers: new Headers(init.headers), body: init.body });
    const next = answers.shift();
    if (!next) throw new Error("asked too often");
    if (next instanceof Error) throw next;
    return next;
  };
  const pauses: number[] = [];
  const pause = async () => void pauses.push(asked.length);
  return { asked, pauses, api: createApi("/api", async () => "token", { fetch: answer as typeof fetch, pause }) };
}

const stream = (...lines: string[]) =>
  new Response(lines.join(""), { headers: { "content-type": "text/event-stream" } });
const told = (seq: number) => `id: ${seq}\nevent: log\ndata: {"seq":${seq}}\n\n`;
const END = "event: end\ndata: {}\n\n";

describe("calls", () => {
  it("carry the token, and the key that makes a repeated creation harmless", async () => {
    const { api, asked } = apiWith(Response.json({ jobId: "a-b" }, { status: 202 }));
    expect(await api.create({ prompt: "an app", options: { profile: "dev" } }, "key-1")).toEqual({ jobId: "a-b" });
    const [call] = asked;
    expect([call?.method, call?.url, call?.body]).toEqual([
      "POST",
      "/api/jobs",
      '{"prompt":"an app","options":{"profile":"dev"}}',
    ]);
    expect(Object.fromEntries(call?.headers ?? [])).toEqual({
      authorization: "Bearer token",
      "content-type": "application/json",
      "idempotency-key": "key-1",
    });
  });

  it("send feedback as JSON, with files as a form", async () => {
    const { api, asked } = apiWith(Response.json({}), Response.json({}), Response.json({}));
    await api.feedback("a-b", { content: "more", files: [] });
    await api.feedback("a-b", { answers: ["approve"] });
    await api.feedback("a-b", { content: "like this", files: [new File(["x"], "x.txt")] });
    expect(asked.slice(0, 2).map((call) => call.body)).toEqual(['{"content":"more"}', '{"answers":["approve"]}']);
    const form = asked[2]?.body as FormData;
    expect([form.get("content"), (form.get("files") as File).name]).toEqual(["like this", "x.txt"]);
    expect(asked[2]?.headers.get("content-type")).toBe(null); // the browser adds it with the boundary
  });

  it("throw the service's own words and the way out", async () => {
    const body = { code: "JOB_NOT_FOUND", title: "No such job", detail: "There is no job x.", fix: "List your jobs." };
    const { api } = apiWith(Response.json(body, { status: 404 }));
    const problem = await api.job("x").catch((error: ApiProblem) => error);
    expect(problem).toMatchObject({ message: "There is no job x.", fix: "List your jobs.", status: 404 });
  });

  it("say when the service cannot be reached or answers with something else", async () => {
    const { api } = apiWith(new TypeError("Failed to fetch"), new Response("<html>", { status: 502 }));
    await expect(api.apps()).rejects.toMatchObject({ message: "The service cannot be reached.", status: 0 });
    await expect(api.apps()).rejects.toMatchObject({ message: "The service answered 502.", status: 502 });
  });
});

describe("following a job", () => {
  const follow = async (...answers: (Response | Error)[]) => {
    const made = apiWith(...answers);
    const seen: number[] = [];
    const states: string[] = [];
    const stop = new AbortController();
    const ended = made.api
      .follow("a-b", (event: JobEvent) => seen.push(event.seq), {
        signal: stop.signal,
        onConnection: (state) => states.push(state),
      })
      .then(
        () => "ended",
        (error: ApiProblem) => error.message,
      );
    return { ...made, seen, states, ended: await ended };
  };

  it("ends with the job's last event", async () => {
    const { seen, states, ended, pauses } = await follow(stream(told(1), ": heartbeat\n\n", told(2), END));
    expect({ seen, states, ended, pauses }).toEqual({ seen: [1, 2], states: ["live"], ended: "ended", pauses: [] });
  });

  it("goes on after the last event it saw when the answer is cut, the service restarts or the network fails", async () => {
    const gone = new TypeError("network");
    const busy = new Response("", { status: 503 });
    const result = await follow(stream(told(1), told(2)), gone, busy, stream(told(3), END));
    expect(result.seen).toEqual([1, 2, 3]);
    expect(result.asked.map((call) => call.headers.get("last-event-id"))).toEqual(["0", "2", "2", "2"]);
    expect(result.states).toEqual(["live", "lost", "lost", "live"]);
    expect(result.pauses).toEqual([1, 2, 3]);
  });

  it("does not ask again when the service refuses", async () => {
    const refusal = Response.json({ detail: "There is no job a-b." }, { status: 404 });
    expect((await follow(refusal)).ended).toBe("There is no job a-b.");
  });
});
