import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { mkdtemp, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, normalize, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { ManagedIdentityCredential } from "@azure/identity";
import { type AppendBlobClient, BlobServiceClient, type ContainerClient } from "@azure/storage-blob";
import { RuntimeError } from "../errors.ts";
import { ModelDoor } from "../models/door.ts";
import type { AgentEvent, AgentResult } from "../task.ts";
import { inFolder, openPlain } from "../workspace/anchored.ts";

const CONTAINER = "workspaces";
const FLUSH_MS = 100;
const TRIES = 5;
const PAUSE_MS = 25;
const MAX_WORKSPACE_BYTES = 64 * 1024 * 1024;
const run = promisify(execFile);

/** The blobs of one task: `<prefix>/task.json`, `model.json`, `events.ndjson`, `files.tar.gz`, `result.json`. */
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
    const blob = this.#container.getBlobClient(`${this.#prefix}/task.json`);
    return JSON.parse((await again(() => blob.downloadToBuffer())).toString("utf8"));
  }

  /** Reads what opens the model for this run, and deletes it: it is nobody else's. */
  async takeDoor(): Promise<ModelDoor> {
    const blob = this.#container.getBlobClient(`${this.#prefix}/model.json`);
    const door = ModelDoor.parse(JSON.parse((await again(() => blob.downloadToBuffer())).toString("utf8")));
    await again(() => blob.deleteIfExists());
    return door;
  }

  /**
   * Unpacks the files so far. The archive comes from other agents, so links and paths outside are refused.
   *
   * @throws {RuntimeError} `PATH_REFUSED`
   */
  async downloadWorkspace(blob: string, folder: string): Promise<void> {
    const client = this.#container.getBlobClient(blob);
    const { contentLength = 0 } = await again(() => client.getProperties());
    if (contentLength > MAX_WORKSPACE_BYTES)
      throw new RuntimeError("NOT_TEXT", { path: blob, limit: MAX_WORKSPACE_BYTES });
    await withTemporary(async (temporary) => {
      const archive = join(temporary, "files.tar.gz");
      await again(() => client.downloadToFile(archive));
      await unpack(archive, folder);
    });
  }

  async startEvents(): Promise<void> {
    await again(() => this.#events.create({ blobHTTPHeaders: { blobContentType: "application/x-ndjson" } }));
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
      const blob = this.#container.getBlockBlobClient(`${this.#prefix}/files.tar.gz`);
      await again(() => blob.uploadFile(archive));
    });
  }

  async writeResult(result: AgentResult): Promise<void> {
    const body = JSON.stringify(result);
    const options = { blobHTTPHeaders: { blobContentType: "application/json" } };
    const blob = this.#container.getBlockBlobClient(`${this.#prefix}/result.json`);
    await again(() => blob.upload(body, Buffer.byteLength(body), options));
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
    await again(async () => {
      try {
        await this.#events.appendBlock(text, bytes, { conditions: { appendPosition: this.#stored } });
      } catch (error) {
        const { contentLength } = await this.#events.getProperties();
        if (contentLength !== this.#stored + bytes) throw error;
      }
    });
    this.#stored += bytes;
  }
}

/**
 * Calls again when there was no answer, or it broke off: the client itself repeats only requests whose answer never began. All that is
 * called here leaves the same when it is done twice.
 */
async function again<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      const { statusCode } = error as { readonly statusCode?: unknown };
      if (typeof statusCode === "number" || attempt === TRIES) throw error;
      await sleep(PAUSE_MS * 2 ** attempt);
    }
  }
}

/**
 * Packs files of a folder with fixed owner and time, so that the same files give the same archive. They are copied to a private folder
 * first, none through a link: programs that run on the folder meanwhile change nothing of what is packed.
 *
 * @throws {RuntimeError} `PATH_REFUSED`, `FILE_NOT_FOUND`
 */
export async function pack(archive: string, folder: string, paths: readonly string[]): Promise<void> {
  const root = await realpath(folder);
  await withTemporary(async (stage) => {
    for (const path of paths) await copyPlain(root, stage, path);
    const list = `${archive}.list`;
    await writeFile(list, paths.map((path) => `${path}\n`).join(""));
    const fixed = ["--owner=0", "--group=0", "--numeric-owner", "--mtime=@0", "--no-recursion"];
    await run("tar", [
      "--create",
      "--gzip",
      "--file",
      archive,
      "--directory",
      stage,
      ...fixed,
      "--verbatim-files-from",
      "--files-from",
      list,
    ]);
  });
}

/** Unpacks an archive of plain files and folders: into a private folder first, and from there file by file, none through a link. */
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
  const root = await realpath(folder);
  await withTemporary(async (stage) => {
    const own = ["--no-same-owner", "--no-same-permissions"];
    await run("tar", ["--extract", "--gzip", "--file", archive, "--directory", stage, ...own]);
    for (const entry of await readdir(stage, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) await copyPlain(stage, root, relative(stage, join(entry.parentPath, entry.name)));
    }
  });
}

/** Copies one file, with its right to be run. */
async function copyPlain(from: string, to: string, path: string): Promise<void> {
  const parts = normalize(path).split("/");
  const name = parts.pop() ?? "";
  const copied = await inFolder(from, parts, false, async (source) => {
    await using file = await openPlain(path, `${source}/${name}`, constants.O_RDONLY);
    if (!file) return undefined;
    const { mode } = await file.stat();
    const bytes = await file.readFile();
    return inFolder(to, parts, true, async (target) => {
      await using copy = await openPlain(path, `${target}/${name}`, constants.O_WRONLY | constants.O_CREAT);
      await copy?.truncate(0);
      await copy?.writeFile(bytes);
      if (mode & 0o100) await copy?.chmod(0o755);
      return copy;
    });
  });
  if (!copied) throw new RuntimeError("FILE_NOT_FOUND", { path });
}

async function withTemporary(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "devfactory-blob-"));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
