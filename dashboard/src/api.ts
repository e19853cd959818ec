import type { AppView, CreateJob, FeedbackView, JobEvent, JobView } from "./contract.ts";
import { serverSentEvents } from "./serverSentEvents.ts";

/** What went wrong, in words for a person, with the way out. */
export class ApiProblem extends Error {
  readonly fix: string;
  /** HTTP status; 0 when the service could not be reached. */
  readonly status: number;

  constructor(message: string, fix = "", status = 0) {
    super(message);
    this.name = "ApiProblem";
    this.fix = fix;
    this.status = status;
  }
}

export interface Words {
  readonly content?: string;
  readonly answers?: readonly string[];
  /** Only with `content`; at most ten. */
  readonly files?: readonly File[];
}

/** State of the connection that brings a job's events. */
export type Connection = "live" | "lost";

export interface FollowOptions {
  readonly signal: AbortSignal;
  readonly onConnection?: (state: Connection) => void;
}

/** The job service's API. Every call throws {@link ApiProblem}. */
export interface Api {
  jobs(): Promise<readonly JobView[]>;
  job(id: string): Promise<JobView>;
  apps(): Promise<readonly AppView[]>;
  app(id: string): Promise<AppView>;
  /** @param key makes a repeated call harmless */
  create(job: CreateJob, key: string): Promise<JobView>;
  /** Answers a waiting job; on a finished one the words start a change of its app. */
  feedback(jobId: string, words: Words): Promise<FeedbackView>;
  cancel(jobId: string): Promise<JobView>;
  retry(jobId: string): Promise<JobView>;
  /** Freezes the version that the job deployed. */
  finalize(jobId: string): Promise<JobView>;
  /** Destroys the app with its data, as a job. */
  destroy(appId: string): Promise<JobView>;
  artifact(jobId: string, name: string): Promise<Blob>;
  /**
   * Follows a job's events from the first on. Comes back by itself after a broken connection (Static Web Apps cuts an answer
   * of a linked back end after 45 s), so no event is missed or told twice.
   */
  follow(jobId: string, onEvent: (event: JobEvent) => void, options: FollowOptions): Promise<void>;
}

export interface ApiOptions {
  /** @default the browser's */
  readonly fetch?: typeof fetch;
  /** Waits before the events are asked for again. @default one second */
  readonly pause?: (signal: AbortSignal) => Promise<void>;
}

type Call = (path: string, init?: RequestInit) => Promise<Response>;

/** @param token gives a fresh access token of the API */
export function createApi(base: string, token: () => Promise<string>, options: ApiOptions = {}): Api {
  const send = options.fetch ?? ((...args: Parameters<typeof fetch>) => fetch(...args));
  const call: Call = async (path, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${await token()}`);
    let response: Response;
    try {
      response = await send(`${base}${path}`, { ...init, headers });
    } catch (error) {
      if (init.signal?.aborted) throw error;
      throw new ApiProblem("The service cannot be reached.", "Is the platform running? This page tries again.");
    }
    if (!response.ok) throw await problemOf(response);
    return response;
  };
  const get = async <T>(path: string) => (await call(path)).json() as Promise<T>;
  const post = async <T>(path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    const type: Record<string, string> = body === undefined ? {} : { "content-type": "application/json" };
    return (await call(path, { method: "POST", headers: { ...type, ...headers }, ...json })).json() as Promise<T>;
  };
  const id = encodeURIComponent;
  return {
    jobs: async () => (await get<{ jobs: JobView[] }>("/jobs?limit=50")).jobs,
    job: (jobId) => get(`/jobs/${id(jobId)}`),
    apps: async () => (await get<{ apps: AppView[] }>("/apps?limit=100")).apps,
    app: (appId) => get(`/apps/${id(appId)}`),
    create: (job, key) => post("/jobs", job, { "idempotency-key": key }),
    async feedback(jobId, { content, answers, files = [] }) {
      const path = `/jobs/${id(jobId)}/feedback`;
      if (files.length === 0) return post(path, { ...(content ? { content } : {}), ...(answers ? { answers } : {}) });
      const form = new FormData();
      form.set("content", content ?? "");
      for (const file of files) form.append("files", file);
      return (await call(path, { method: "POST", body: form })).json() as Promise<FeedbackView>;
    },
    cancel: (jobId) => post(`/jobs/${id(jobId)}/cancel`),
    retry: (jobId) => post(`/jobs/${id(jobId)}/retry`),
    finalize: (jobId) => post(`/jobs/${id(jobId)}/finalize`),
    destroy: async (appId) => (await call(`/apps/${id(appId)}`, { method: "DELETE" })).json() as Promise<JobView>,
    artifact: async (jobId, name) => (await call(`/jobs/${id(jobId)}/artifacts/${id(name)}`)).blob(),
    follow: (jobId, onEvent, follow) =>
      followEvents(call, `/jobs/${id(jobId)}/events`, onEvent, follow, options.pause ?? pauseASecond),
  };
}

async function followEvents(
  call: Call,
  path: string,
  onEvent: (event: JobEvent) => void,
  { signal, onConnection }: FollowOptions,
  pause: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  let last = 0;
  while (!signal.aborted) {
    try {
      const headers = { accept: "text/event-stream", "last-event-id": String(last) };
      const { body } = await call(path, { headers, signal });
      onConnection?.("live");
      for await (const { event, data } of serverSentEvents(body ?? new ReadableStream())) {
        if (event === "end") return;
        const told = JSON.parse(data) as JobEvent;
        last = told.seq;
        onEvent(told);
      }
    } catch (error) {
      if (signal.aborted) return;
      // The service said no: asking again changes nothing. Anything else may pass.
      if (error instanceof ApiProblem && error.status >= 400 && error.status < 500) throw error;
      onConnection?.("lost");
    }
    await pause(signal);
  }
}

function pauseASecond(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, 1_000);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const body = (await response.json().catch(() => ({}))) as { title?: string; detail?: string; fix?: string };
  const message = body.detail || body.title || `The service answered ${response.status}.`;
  return new ApiProblem(message, body.fix ?? "Try again in a moment.", response.status);
}

/** Any error as one that can be shown. */
export function toProblem(error: unknown): ApiProblem {
  return error instanceof ApiProblem ? error : new ApiProblem(error instanceof Error ? error.message : String(error));
}
