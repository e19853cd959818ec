import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ManagedIdentityCredential } from "@azure/identity";
import { type AppendBlobClient, BlobServiceClient, type ContainerClient } from "@azure/storage-blob";
import { RuntimeError } from "../errors.ts";
import type { AgentEvent, AgentResult } from "../task.ts";

const CONTAINER = "workspaces";
const FLUSH_MS = 100;
const MAX_WORKSPACE_BYTES = 64 * 1024 * 1024;
const run = promisify(execFile);

/** The blobs of one task: `<prefix>/task.json`, `events.ndjson`, `files.tar.gz`, `result.json`. */
export class BlobTask {
  readonly #container: ContainerClient;
  readonly #prefix: string;
  readonly #events: AppendBlobClient;
  /** Bytes of the events that are stored. */
  #stored = 0;
  #waiting: string[] = [];
  #flushing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(container: ContainerClient, prefix: string) {
    this.#container = container;
    this.#prefix = prefix;
    this.#events = container.getAppendBlobClient(`${prefix}/events.ndjson`);
  }

  /** Signs in with the agent's own identity (AZURE_CLIENT_ID), which may use this one container only. */
  static open(endpoint: string, prefix: string, env: NodeJS.ProcessEnv): BlobTask {
    const credential = new ManagedIdentityCredential(env.AZURE_CLIENT_ID ? { clientId: env.AZURE_CLIENT_ID } : {});
    return new BlobTask(new BlobServiceClient(endpoint, credential).getContainerClient(CONTAINER), prefix);
  }

  async readTask(): Promise<unknown> {
    return JSON.parse(
      (await this.#container.getBlobClient(`${this.#prefix}/task.json`).downloadToBuffer()).toString("utf8"),
    );
  }

  /**
   * Unpacks the files so far. The archive comes from other agents, so links and paths outside are refused.
   *
   * @throws {RuntimeError} `PATH_REFUSED`
   */
  async downloadWorkspace(blob: string, folder: string): Promise<void> {
    const client = this.#container.getBlobClient(blob);
    const { contentLength = 0 } = await client.getProperties();
    if (contentLength > MAX_WORKSPACE_BYTES)
      throw new RuntimeError("NOT_TEXT", { path: blob, limit: MAX_WORKSPACE_BYTES });
    await withTemporary(async (temporary) => {
      const archive = join(temporary, "files.tar.gz");
      await client.downloadToFile(archive);
      await unpack(archive, folder);
    });
  }

  async startEvents(): Promise<void> {
    await this.#events.create({ blobHTTPHeaders: { blobContentType: "application/x-ndjson" } });
  }

  /** Queues one line; lines are appended together some ten times a second. */
  writeEvent(event: AgentEvent): void {
    this.#waiting.push(`${JSON.stringify(event)}\n`);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#flush();
    }, FLUSH_MS);
  }

  /** Waits until every line is stored. */
  async finishEvents(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flush();
    await this.#flushing;
  }

  async uploadFiles(folder: string, paths: readonly string[]): Promise<void> {
    await withTemporary(async (temporary) => {
      const archive = join(temporary, "files.tar.gz");
      await pack(archive, folder, paths);
      await this.#container.getBlockBlobClient(`${this.#prefix}/files.tar.gz`).uploadFile(archive);
    });
  }

  async writeResult(result: AgentResult): Promise<void> {
    const body = JSON.stringify(result);
    const options = { blobHTTPHeaders: { blobContentType: "application/json" } };
    await this.#container
      .getBlockBlobClient(`${this.#prefix}/result.json`)
      .upload(body, Buffer.byteLength(body), options);
  }

  #flush(): void {
    const text = this.#waiting.join("");
    this.#waiting = [];
    if (text === "") return;
    this.#flushing = this.#flushing.then(() => this.#append(text));
    this.#flushing.catch(() => {}); // finishEvents reports it
  }

  /** Appends at its place only: a request whose answer was lost is sent again, and would store its lines twice. */
  async #append(text: string): Promise<void> {
    const bytes = Buffer.byteLength(text);
    try {
      await this.#events.appendBlock(text, bytes, { conditions: { appendPosition: this.#stored } });
    } catch (error) {
      const isElsewhere = (error as { statusCode?: unknown } | null)?.statusCode === 412;
      const { contentLength } = isElsewhere ? await this.#events.getProperties() : {};
      if (contentLength !== this.#stored + bytes) throw error;
    }
    this.#stored += bytes;
  }
}

/** Packs files of a folder with fixed owner and time, so that the same files give the same archive. */
export async function pack(archive: string, folder: string, paths: readonly string[]): Promise<void> {
  const list = `${archive}.list`;
  await writeFile(list, paths.map((path) => `${path}\n`).join(""));
  const fixed = ["--owner=0", "--group=0", "--numeric-owner", "--mtime=@0", "--no-recursion"];
  await run("tar", [
    "--create",
    "--gzip",
    "--file",
    archive,
    "--directory",
    folder,
    ...fixed,
    "--verbatim-files-from",
    "--files-from",
    list,
  ]);
}

/** Unpacks an archive of plain files and folders. */
export async function unpack(archive: string, folder: string): Promise<void> {
  const { stdout } = await run("tar", ["--list", "--verbose", "--gzip", "--file", archive], {
    maxBuffer: 16 * 1024 * 1024,
  });
  for (const line of stdout.split("\n").filter(Boolean)) {
    const path = line.split(/\s+/).slice(5).join(" ");
    const outside = path.startsWith("/") || path.split("/").includes("..");
    if (!/^[-d]/.test(line) || outside)
      throw new RuntimeError("PATH_REFUSED", { path, reason: "it is no plain file inside the app" });
  }
  await run("tar", [
    "--extract",
    "--gzip",
    "--file",
    archive,
    "--directory",
    folder,
    "--no-same-owner",
    "--no-same-permissions",
  ]);
}

async function withTemporary(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "devfactory-blob-"));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
