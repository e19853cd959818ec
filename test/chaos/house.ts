import { readdirSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Platform } from "../e2e/platform.ts";

export interface Job {
  readonly jobId: string;
  readonly appId: string;
  readonly status: string;
  readonly attempts: number;
  readonly phase?: string;
  readonly url?: string;
  readonly questions: readonly string[];
  readonly error?: { readonly code: string };
  readonly cancel?: { readonly outcome?: string };
  readonly steps: readonly { readonly name: string; readonly status: string }[];
}

export interface JobEvent {
  readonly seq: number;
  readonly type: string;
  readonly message: string;
  readonly step?: string;
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers of all kinds, looked at field by field
  readonly json: any;
}

export const MEMBER = "member@contoso.example";
export const STRANGER = "member@fabrikam.example";

/** A platform to be maltreated. */
export class Chaos extends Platform {
  /** Of the front door. */
  port = "0";
  readonly #tokens = new Map<string, string>();

  override get env(): NodeJS.ProcessEnv {
    return { ...super.env, DEVFACTORY_PORT: this.port };
  }

  get api(): string {
    return this.readJson<{ api: string }>("endpoints.json").api;
  }

  get emulatorPid(): number {
    return this.readJson<{ pid: number }>("emulator.json").pid;
  }

  async token(user = MEMBER): Promise<string> {
    const known = this.#tokens.get(user);
    if (known) return known;
    const token = (await this.devfactory("token", "--user", user)).stdout.trim();
    this.#tokens.set(user, token);
    return token;
  }

  /** @param body text is sent as it is; anything else as JSON */
  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
    user = MEMBER,
  ): Promise<Answer> {
    const authorization = `Bearer ${await this.token(user)}`;
    const response = await fetch(`${this.api}${path}`, {
      method,
      headers: { authorization, accept: "application/json", "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const type = response.headers.get("content-type")?.split(";")[0] ?? "";
    return { status: response.status, type, json: type.includes("json") ? JSON.parse(text) : text };
  }

  async create(prompt: string): Promise<string> {
    return (await this.call("POST", "/jobs", { prompt })).json.jobId;
  }

  async events(jobId: string): Promise<readonly JobEvent[]> {
    return (await this.call("GET", `/jobs/${jobId}/events`)).json.events;
  }

  /** Looks at a job until it is as wanted. */
  async until(jobId: string, wanted: (job: Job) => boolean, timeoutMs = 90_000): Promise<Job> {
    for (const end = performance.now() + timeoutMs; ; await sleep(50)) {
      const job = (await this.call("GET", `/jobs/${jobId}`)).json as Job;
      if (wanted(job)) return job;
      const over = performance.now() > end || /^(succeeded|failed|cancelled)$/.test(job.status);
      if (over) throw new Error(`the job is ${JSON.stringify(job)}`);
    }
  }

  untilRunning(jobId: string, step: string): Promise<Job> {
    return this.until(jobId, ({ steps }) => steps.some((each) => each.name === step && each.status === "running"));
  }

  /** SIGKILL to the processes whose command line has this. @returns how many there were */
  killAll(command: string): number {
    const found = this.processes().filter((each) => each.command.includes(command));
    for (const { pid } of found) process.kill(pid, "SIGKILL");
    return found.length;
  }

  /** Waits until nothing of the platform runs. @returns milliseconds; what still runs is an error */
  async untilGone(timeoutMs: number): Promise<number> {
    const begin = performance.now();
    for (;;) {
      const left = this.processes();
      const ms = performance.now() - begin;
      if (left.length === 0) return ms;
      if (ms > timeoutMs) throw new Error(`still running: ${JSON.stringify(left)}`);
      await sleep(50);
    }
  }

  /** Lock files in the state of the stacks. */
  locks(): readonly string[] {
    const files = readdirSync(join(this.dataDir, "state"), { recursive: true, withFileTypes: true });
    return files.filter((each) => each.isFile() && each.parentPath.includes("locks")).map((each) => each.name);
  }
}

/** Takes a port as another program would. */
export async function takePort(port: number): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  return server;
}

export function portOf(address: string): number {
  return Number(new URL(address).port);
}
