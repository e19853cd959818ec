/** The parts of the job service's answers that the page shows (its OpenAPI document has the whole). */
export interface JobView {
  readonly jobId: string;
  readonly appId: string;
  readonly status: string;
  readonly prompt: string;
  readonly createdAt: string;
  readonly url?: string;
  readonly openapi?: string;
  readonly estimate?: { readonly monthlyUsd: number };
  readonly questions?: readonly string[];
  readonly notUnderstood?: readonly string[];
  readonly error?: { readonly detail: string; readonly fix: string };
  readonly steps: readonly { readonly name: string; readonly status: string; readonly durationMs?: number }[];
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

/** A problem+json answer, in words for a person. */
export class ApiProblem extends Error {
  readonly fix: string | undefined;

  constructor(message: string, fix?: string) {
    super(message);
    this.fix = fix;
  }
}

export interface Api {
  jobs(): Promise<readonly JobView[]>;
  job(id: string): Promise<JobView>;
  create(prompt: string): Promise<JobView>;
  feedback(jobId: string, content: string): Promise<unknown>;
  cancel(jobId: string): Promise<unknown>;
  destroy(appId: string): Promise<unknown>;
  /** Follows a job's events from the first on until `signal` ends it or the job is over. */
  follow(jobId: string, onEvent: (event: JobEvent) => void, signal: AbortSignal): Promise<void>;
}

export function createApi(base: string, token: () => Promise<string>): Api {
  const call = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const headers: Record<string, string> = { authorization: `Bearer ${await token()}` };
    if (body !== undefined) headers["content-type"] = "application/json";
    const response = await fetch(`${base}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (response.ok) return response;
    const problem = (await response.json().catch(() => ({}))) as { title?: string; detail?: string; fix?: string };
    throw new ApiProblem(problem.detail ?? problem.title ?? `The API answered ${response.status}.`, problem.fix);
  };
  return {
    jobs: async () => ((await (await call("GET", "/jobs")).json()) as { jobs: JobView[] }).jobs,
    job: async (id) => (await call("GET", `/jobs/${id}`)).json() as Promise<JobView>,
    create: async (prompt) => (await call("POST", "/jobs", { prompt })).json() as Promise<JobView>,
    feedback: async (id, content) => (await call("POST", `/jobs/${id}/feedback`, { content })).json(),
    cancel: async (id) => (await call("POST", `/jobs/${id}/cancel`)).json(),
    destroy: async (appId) => (await call("DELETE", `/apps/${appId}`)).json(),
    async follow(jobId, onEvent, signal) {
      const headers = { authorization: `Bearer ${await token()}`, accept: "text/event-stream" };
      const response = await fetch(`${base}/jobs/${jobId}/events`, { headers, signal });
      if (!response.ok || !response.body) throw new ApiProblem(`The events answered ${response.status}.`);
      for await (const data of serverSentData(response.body)) {
        const event = JSON.parse(data) as Partial<JobEvent>;
        if (event.seq !== undefined) onEvent(event as JobEvent); // the last one, `end`, carries nothing
      }
    },
  };
}

/** The `data` of each server-sent event of a stream. */
export async function* serverSentData(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
  let buffer = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    buffer += value.replaceAll("\r\n", "\n");
    const blocks = buffer.split("\n\n");
    buffer = blocks.pop() ?? "";
    for (const block of blocks) {
      const data = block
        .split("\n")
        .filter((line) => line.startsWith("data:"))
        .map((line) => line.slice(5).trimStart())
        .join("\n");
      if (data) yield data;
    }
  }
}
