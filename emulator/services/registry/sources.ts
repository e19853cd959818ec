import { createHmac, randomBytes, randomUUID, timingSafeEqual } from "node:crypto";
import { createReadStream, createWriteStream, existsSync, mkdirSync, statSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Clock } from "../../core/clock.ts";

const LINK_MS = 3600 * 1000;

/** The tasks' own small blob store: build contexts that clients upload and logs that they read, by signed links (as Azure's SAS links). */
export class SourceStore {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #key = randomBytes(32);
  /** Log files whose run has ended. */
  readonly #complete: (name: string) => boolean;

  constructor(folder: string, clock: Clock, complete: (name: string) => boolean) {
    this.#folder = folder;
    this.#clock = clock;
    this.#complete = complete;
    for (const each of ["sources", "logs", "blocks"]) mkdirSync(join(folder, each), { recursive: true });
  }

  /** A link that takes one build context. */
  newSource(origin: string): { uploadUrl: string; relativePath: string } {
    const relativePath = `sources/${randomUUID()}.tar.gz`;
    return { uploadUrl: this.link(origin, relativePath, "rcw"), relativePath };
  }

  link(origin: string, name: string, rights: string): string {
    const until = this.#clock.now() + LINK_MS;
    const query = new URLSearchParams({
      se: new Date(until).toISOString(),
      sp: rights,
      sig: this.#sign(name, `${until}`, rights),
      ms: `${until}`,
    });
    return `${origin}/_tasks/${name}?${query}`;
  }

  /** The file of a relative path that {@link newSource} gave; `undefined` when nothing was uploaded. */
  source(relativePath: string): string | undefined {
    if (!/^sources\/[0-9a-f-]{36}\.tar\.gz$/.test(relativePath)) return undefined;
    const path = join(this.#folder, relativePath);
    return existsSync(path) ? path : undefined;
  }

  logPath(runId: string): string {
    return join(this.#folder, "logs", `${runId}.log`);
  }

  /** PUT (whole, blocks, block list), GET and HEAD of a signed link, as `@azure/storage-blob` and plain fetch send them. */
  async serve(request: Request, url: URL): Promise<Response> {
    const name = url.pathname.slice("/_tasks/".length);
    if (!/^(sources|logs)\/[\w.-]+$/.test(name) || !this.#allowed(name, url, request.method)) {
      return new Response("The link is not valid.", {
        status: 403,
        headers: { "x-ms-error-code": "AuthenticationFailed" },
      });
    }
    const path = join(this.#folder, name);
    if (request.method === "PUT") return this.#put(request, url, path);
    if (!existsSync(path)) return new Response(null, { status: 404, headers: { "x-ms-error-code": "BlobNotFound" } });
    return this.#get(request, name, path);
  }

  #get(request: Request, name: string, path: string): Response {
    const complete: Record<string, string> = this.#complete(name) ? { "x-ms-meta-complete": "successful" } : {};
    const size = statSync(path).size;
    const range = /bytes=(\d+)-(\d*)/.exec(request.headers.get("x-ms-range") ?? request.headers.get("range") ?? "");
    const start = Number(range?.[1] ?? 0);
    if (range && start >= size)
      return new Response(null, { status: 416, headers: { "x-ms-error-code": "InvalidRange", ...complete } });
    const end = Math.min(range?.[2] ? Number(range[2]) : size - 1, size - 1);
    const headers: Record<string, string> = {
      ...complete,
      "content-type": "text/plain; charset=utf-8",
      "content-length": `${size === 0 ? 0 : end - start + 1}`,
      "x-ms-blob-type": "AppendBlob",
      "last-modified": new Date(this.#clock.now()).toUTCString(),
      etag: `"${size}"`,
    };
    if (range) headers["content-range"] = `bytes ${start}-${end}/${size}`;
    const empty = request.method === "HEAD" || size === 0;
    const body = empty ? null : (Readable.toWeb(createReadStream(path, { start, end })) as ReadableStream<Uint8Array>);
    return new Response(body, { status: range ? 206 : 200, headers });
  }

  async #put(request: Request, url: URL, path: string): Promise<Response> {
    const comp = url.searchParams.get("comp");
    const done = (): Response => {
      const headers = {
        etag: `"${randomUUID()}"`,
        "last-modified": new Date(this.#clock.now()).toUTCString(),
        "x-ms-request-id": randomUUID(),
      };
      return new Response(null, { status: 201, headers });
    };
    if (comp === "block") {
      await this.#write(request, this.#block(path, url.searchParams.get("blockid") ?? ""));
      return done();
    }
    if (comp === "blocklist") {
      const ids = [...(await request.text()).matchAll(/<(?:Latest|Uncommitted|Committed)>([^<]+)</g)].map(
        (match) => match[1] ?? "",
      );
      await writeFile(path, "");
      for (const id of ids) {
        await writeFile(path, await readFile(this.#block(path, id)), { flag: "a" });
        await rm(this.#block(path, id), { force: true });
      }
      return done();
    }
    await this.#write(request, path);
    return done();
  }

  async #write(request: Request, path: string): Promise<void> {
    const body = request.body
      ? Readable.fromWeb(request.body as import("node:stream/web").ReadableStream)
      : Readable.from([]);
    await pipeline(body, createWriteStream(path));
  }

  #block(path: string, id: string): string {
    return join(this.#folder, "blocks", Buffer.from(`${path}/${id}`).toString("hex").slice(-200));
  }

  #sign(name: string, until: string, rights: string): string {
    return createHmac("sha256", this.#key).update(`${name}\n${until}\n${rights}`).digest("base64url");
  }

  #allowed(name: string, url: URL, method: string): boolean {
    const rights = url.searchParams.get("sp") ?? "";
    const until = url.searchParams.get("ms") ?? "";
    const given = Buffer.from(url.searchParams.get("sig") ?? "");
    const expected = Buffer.from(this.#sign(name, until, rights));
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false;
    return Number(until) > this.#clock.now() && rights.includes(method === "PUT" ? "w" : "r");
  }
}
