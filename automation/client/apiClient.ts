import type { DeploymentView } from "../api/deploymentSchemas.ts";
import type { QueueStatus, Redrive, Redriven, Status } from "../api/queueSchemas.ts";
import type { Finding } from "../api/routes/abandoned.ts";
import type { NewProviderKey, ProviderKey } from "../api/routes/keys.ts";
import type { TakenSource } from "../api/routes/source.ts";
import type { Usage } from "../api/routes/usage.ts";
import type { AppView, CreateJob, EventView, JobView } from "../api/schemas.ts";
import type { ExpiringApp } from "../care/expiries.ts";
import { readServerSentEvents } from "./serverSentEvents.ts";

export type { DeploymentView } from "../api/deploymentSchemas.ts";
export type { TakenSource } from "../api/routes/source.ts";
export type { AppView, EventView, JobView } from "../api/schemas.ts";
export type NewJob = CreateJob;
export type StatusView = Status;
export type UsageView = Usage;
export type QueueView = QueueStatus;
export type RedriveWish = Redrive;
export type RedrivenView = Redriven;
export type AbandonedView = Finding;
export type ExpiringView = ExpiringApp;
export type KeyView = ProviderKey;
export type NewKey = NewProviderKey;

/** An error answer of the API. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  /** The way out. */
  readonly fix: string;
  readonly errors: readonly { readonly path: string; readonly problem: string }[];

  constructor(status: number, body: Partial<Pick<ApiError, "code" | "fix" | "errors">> & { readonly detail?: string }) {
    super(body.detail ?? `The API answered ${status}.`);
    this.name = "ApiError";
    this.status = status;
    this.code = body.code ?? `HTTP_${status}`;
    this.fix = body.fix ?? "Try again in a moment.";
    this.errors = body.errors ?? [];
  }
}

export interface ApiClientOptions {
  /** Base address, with or without a trailing slash. */
  readonly baseUrl: string;
  /** Gives a fresh access token of the API. */
  readonly token: () => Promise<string>;
  /** @default the global one */
  readonly fetch?: typeof fetch;
}

/** The API by fetch, with its types. */
export class ApiClient {
  readonly #base: string;
  readonly #token: ApiClientOptions["token"];
  readonly #fetch: typeof fetch;

  constructor(options: ApiClientOptions) {
    this.#base = options.baseUrl.replace(/\/+$/, "");
    this.#token = options.token;
    this.#fetch = options.fetch ?? fetch;
  }

  /** @param idempotencyKey makes a repeated call harmless */
  createJob(job: NewJob, idempotencyKey?: string): Promise<JobView> {
    const headers = idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey };
    return this.#call("POST", "/jobs", { body: job, headers });
  }

  async jobs(page: PageWish = {}): Promise<readonly JobView[]> {
    return (await this.#call<{ jobs: JobView[] }>("GET", `/jobs${query(page)}`)).jobs;
  }

  job(id: string): Promise<JobView> {
    return this.#call("GET", `/jobs/${encodeURIComponent(id)}`);
  }

  /** Words on a finished job start an iteration; on a waiting one they are its answers. */
  feedback(
    id: string,
    words: { readonly content?: string; readonly answers?: readonly string[] },
  ): Promise<FeedbackView> {
    return this.#call("POST", `/jobs/${encodeURIComponent(id)}/feedback`, { body: words });
  }

  cancel(id: string): Promise<JobView> {
    return this.#call("POST", `/jobs/${encodeURIComponent(id)}/cancel`);
  }

  /** @param fromStep the step to begin with; without one the first that has to be done */
  retry(id: string, fromStep?: string): Promise<JobView> {
    return this.#call("POST", `/jobs/${encodeURIComponent(id)}/retry`, { body: fromStep ? { fromStep } : {} });
  }

  finalize(id: string): Promise<JobView> {
    return this.#call("POST", `/jobs/${encodeURIComponent(id)}/finalize`);
  }

  async apps(page: PageWish = {}): Promise<readonly AppView[]> {
    return (await this.#call<{ apps: AppView[] }>("GET", `/apps${query(page)}`)).apps;
  }

  app(id: string): Promise<AppView> {
    return this.#call("GET", `/apps/${encodeURIComponent(id)}`);
  }

  /** An app for files of your own. */
  createApp(app: { readonly title?: string; readonly options?: CreateJob["options"] } = {}): Promise<AppView> {
    return this.#call("POST", "/apps", { body: app });
  }

  /** Says what the whole project is; answers the contents that are missing, or the version that was made. */
  sourceManifest(
    id: string,
    files: readonly { readonly path: string; readonly sha256: string; readonly executable?: boolean }[],
  ): Promise<TakenSource | { readonly missing: readonly string[] }> {
    return this.#call("POST", `/apps/${encodeURIComponent(id)}/source`, { body: { files } });
  }

  /** Sends contents that a manifest names; a zip. */
  sourceContents(id: string, zip: Uint8Array): Promise<{ readonly stored: number; readonly storedBytes: number }> {
    return this.#call("POST", `/apps/${encodeURIComponent(id)}/source?partial=true`, { zip });
  }

  /** Makes a commit of a repository the app's source. */
  sourceGit(id: string, git: { readonly url: string; readonly ref?: string }): Promise<TakenSource> {
    return this.#call("POST", `/apps/${encodeURIComponent(id)}/source`, { body: { git } });
  }

  /** Deploys the files that an app has. Its events are those of {@link events} by the deployment's id. */
  deploy(appId: string, options?: CreateJob["options"], more: Pick<CreateJob, "repo"> = {}): Promise<DeploymentView> {
    return this.#call("POST", "/deploy", { body: { appId, ...(options && { options }), ...more } });
  }

  deployment(id: string): Promise<DeploymentView> {
    return this.#call("GET", `/deploy/${encodeURIComponent(id)}/status`);
  }

  /** An app's deployments, newest first: a page, and where the next one begins. */
  deployments(
    appId: string,
    page: PageWish = {},
  ): Promise<{ readonly deployments: readonly DeploymentView[]; readonly next?: string }> {
    return this.#call("GET", `/apps/${encodeURIComponent(appId)}/deployments${query(page)}`);
  }

  /** Brings an earlier deployment back; the one that runs goes back to the one before it. */
  rollback(deploymentId: string): Promise<DeploymentView> {
    return this.#call("POST", `/deployments/${encodeURIComponent(deploymentId)}/rollback`);
  }

  /** Destroys the app's stack, as a job. */
  destroyApp(id: string): Promise<JobView> {
    return this.#call("DELETE", `/apps/${encodeURIComponent(id)}`);
  }

  async artifact(id: string, name: string): Promise<Uint8Array> {
    const path = `/jobs/${encodeURIComponent(id)}/artifacts/${encodeURIComponent(name)}`;
    return new Uint8Array(await (await this.#request("GET", path)).arrayBuffer());
  }

  /** Events after a number, then the live ones until the job's last; comes back by itself after a broken connection. */
  async *events(
    id: string,
    options: { readonly after?: number; readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<EventView> {
    let last = options.after ?? 0;
    const { signal } = options;
    for (;;) {
      try {
        const headers = { accept: "text/event-stream", "last-event-id": String(last) };
        const response = await this.#request("GET", `/jobs/${encodeURIComponent(id)}/events`, {
          headers,
          ...(signal ? { signal } : {}),
        });
        for await (const item of readServerSentEvents(response)) {
          if (item.event === "end") return;
          const event = JSON.parse(item.data) as EventView;
          last = event.seq;
          yield event;
        }
      } catch (error) {
        if (signal?.aborted || error instanceof ApiError) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }

  /** Counts, success rate and durations of the tenant's jobs. */
  status(days?: number): Promise<StatusView> {
    return this.#call("GET", `/status${query({ days })}`);
  }

  /** What the tenant used in a period, by app. */
  usage(period: { readonly from?: string; readonly to?: string } = {}): Promise<UsageView> {
    return this.#call("GET", `/usage${query(period)}`);
  }

  /** Apps that end within so many hours. */
  async expiring(hours?: number): Promise<readonly ExpiringView[]> {
    return (await this.#call<{ apps: ExpiringView[] }>("GET", `/expiring${query({ hours })}`)).apps;
  }

  /** Lets an app end so many hours from now. */
  extend(appId: string, hours: number): Promise<AppView> {
    return this.#call("PUT", `/apps/${encodeURIComponent(appId)}/expiry`, { body: { hours } });
  }

  /** What the tenant's apps left behind; for operators. */
  async abandoned(): Promise<readonly AbandonedView[]> {
    return (await this.#call<{ findings: AbandonedView[] }>("GET", "/abandoned")).findings;
  }

  /** Begins a look whether an app is as it was deployed. */
  checkDrift(appId: string): Promise<JobView> {
    return this.#call("POST", `/apps/${encodeURIComponent(appId)}/drift`);
  }

  /** Puts an app back to what was deployed last. */
  repair(appId: string): Promise<JobView> {
    return this.#call("POST", `/apps/${encodeURIComponent(appId)}/repair`);
  }

  /** Lets an app stay. */
  keep(appId: string): Promise<AppView> {
    return this.#call("DELETE", `/apps/${encodeURIComponent(appId)}/expiry`);
  }

  /** What the tenant has in the queue. */
  queue(): Promise<QueueView> {
    return this.#call("GET", "/status/queue");
  }

  /** Tries jobs again that were given up; for operators. */
  redrive(what: RedriveWish): Promise<RedrivenView> {
    return this.#call("POST", "/queue/redrive", { body: what });
  }

  /** The tenant's key of a provider, without the key itself; nothing when it has none. */
  async key(provider: KeyView["provider"]): Promise<KeyView | undefined> {
    try {
      return await this.#call("GET", `/keys/${provider}`);
    } catch (error) {
      if (error instanceof ApiError && error.code === "KEY_NOT_FOUND") return undefined;
      throw error;
    }
  }

  /** Stores or replaces the tenant's key of a provider; for operators. */
  putKey(provider: KeyView["provider"], key: NewKey): Promise<KeyView> {
    return this.#call("PUT", `/keys/${provider}`, { body: key });
  }

  /** Forgets the tenant's key of a provider; for operators. */
  async deleteKey(provider: KeyView["provider"]): Promise<void> {
    await this.#request("DELETE", `/keys/${provider}`);
  }

  async #call<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    return (await (await this.#request(method, path, options)).json()) as T;
  }

  async #request(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
    const { body, zip, headers, signal } = options;
    const content = zip ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await this.#fetch(`${this.#base}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await this.#token()}`,
        ...(content === undefined ? {} : { "content-type": zip ? "application/zip" : "application/json" }),
        ...headers,
      },
      ...(content === undefined ? {} : { body: content as BodyInit }),
      ...(signal ? { signal } : {}),
    });
    if (response.ok) return response;
    throw new ApiError(response.status, await response.json().catch(() => ({})));
  }
}

export interface FeedbackView {
  readonly id: string;
  /** The job that works on it. */
  readonly jobId: string;
  readonly parentJobId: string;
  readonly appId: string;
  readonly content: string;
  readonly timestamp: string;
  readonly fileRefs: readonly string[];
  readonly resolution: "pending" | "in_progress" | "resolved" | "rejected";
}

export interface PageWish {
  readonly limit?: number;
  /** `next` of the page before. */
  readonly cursor?: string;
}

interface RequestOptions {
  readonly body?: unknown;
  readonly zip?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

function query(values: object): string {
  const given = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(String(value))}`],
  );
  return given.length > 0 ? `?${given.join("&")}` : "";
}
