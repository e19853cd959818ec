import { CliError } from "./cliError.ts";

/** The parts of the job service's answers that the command line shows. */
export interface JobView {
  readonly jobId: string;
  readonly appId: string;
  readonly status: string;
  readonly prompt: string;
  readonly createdAt: string;
  readonly url?: string;
  readonly services?: readonly { readonly name: string; readonly kind: string; readonly url: string }[];
  readonly openapi?: string;
  readonly estimate?: { readonly monthlyUsd: number };
  readonly durationMs?: number;
  readonly steps: readonly { readonly name: string; readonly status: string; readonly durationMs?: number }[];
  readonly questions?: readonly string[];
  readonly notUnderstood?: readonly string[];
  readonly error?: { readonly code: string; readonly message: string; readonly fix?: string };
}

export interface AppView {
  readonly appId: string;
  readonly title?: string;
  readonly status: string;
  readonly url?: string;
  readonly monthlyUsd?: number;
  readonly prompt: string;
  readonly latestJobId?: string;
}

export interface JobEvent {
  readonly seq: number;
  readonly at: string;
  readonly type: string;
  readonly level: string;
  readonly message: string;
  readonly step?: string;
  readonly agent?: string;
}

export interface JobService {
  createJob(body: { prompt: string; options?: object }): Promise<JobView>;
  job(id: string): Promise<JobView>;
  jobs(): Promise<readonly JobView[]>;
  apps(): Promise<readonly AppView[]>;
  app(id: string): Promise<AppView>;
  feedback(jobId: string, content: string): Promise<{ readonly jobId: string }>;
  destroyApp(appId: string): Promise<JobView>;
  /** Replays the events after `after` and follows until the job is over; comes back by itself when the connection breaks. */
  events(jobId: string, after?: number, follow?: boolean): AsyncGenerator<JobEvent>;
}

const RECONNECT_MS = 500;
const RECONNECT_TRIES = 20;
const OVER = new Set(["succeeded", "failed", "cancelled", "finalized", "waiting"]);

/** @param base address of the API; @param token gives a valid bearer token each time it is asked */
export function createJobService(base: string, token: () => Promise<string>): JobService {
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await token()}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw new CliError(`The API at ${base} does not answer.`, "Is the platform running? `npm start`", {
        cause: error,
      });
    });
    if (response.ok) return response;
    throw await toCliError(response);
  };
  const get = async <T>(path: string) => (await call("GET", path)).json() as Promise<T>;
  const items = async <T>(path: string) => (await get<{ items: readonly T[] }>(path)).items;
  const service: JobService = {
    createJob: async (body) => (await call("POST", "/jobs", body)).json() as Promise<JobView>,
    job: (id) => get(`/jobs/${id}`),
    jobs: () => items("/jobs"),
    apps: () => items("/apps"),
    app: (id) => get(`/apps/${id}`),
    feedback: async (id, content) =>
      (await call("POST", `/jobs/${id}/feedback`, { content })).json() as Promise<{ jobId: string }>,
    destroyApp: async (id) => (await call("DELETE", `/apps/${id}`)).json() as Promise<JobView>,
    async *events(jobId, after = 0, follow = true) {
      let last = after;
      for (let tries = 0; tries < RECONNECT_TRIES; tries += 1) {
        try {
          const headers = { accept: "text/event-stream", "last-event-id": String(last) };
          const response = await call(
            "GET",
            `/jobs/${jobId}/events${follow ? "" : "?follow=false"}`,
            undefined,
            headers,
          );
          for await (const event of serverSentEvents(response)) {
            last = event.seq;
            tries = 0;
            yield event;
          }
          if (!follow || OVER.has((await service.job(jobId)).status)) return;
        } catch (error) {
          if (error instanceof CliError && tries >= RECONNECT_TRIES - 1) throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
      }
    },
  };
  return service;
}

async function* serverSentEvents(response: Response): AsyncGenerator<JobEvent> {
  let buffer = "";
  for await (const text of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    buffer += String(text).replaceAll("\r\n", "\n");
    const blocks = buffer.split("\n\n");
    buffer = blocks.pop() ?? "";
    for (const block of blocks) {
      const data = block.split("\n").filter((line) => line.startsWith("data:"));
      if (data.length > 0) yield JSON.parse(data.map((line) => line.slice(5)).join("\n")) as JobEvent;
    }
  }
}

async function toCliError(response: Response): Promise<CliError> {
  const text = await response.text();
  try {
    const problem = JSON.parse(text) as {
      title?: string;
      detail?: string;
      fix?: string;
      errors?: readonly { path?: string; field?: string; message?: string }[];
    };
    const fields = (problem.errors ?? []).map((each) => `\n  ${each.path ?? each.field ?? ""}: ${each.message ?? ""}`);
    return new CliError(
      `${problem.title ?? response.status}. ${problem.detail ?? ""}${fields.join("")}`,
      problem.fix ?? "",
    );
  } catch {
    return new CliError(
      `The API answered ${response.status}: ${text.slice(0, 300)}`,
      "Try again, or look at the logs.",
    );
  }
}
