import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureCertificates } from "@devfactory/emulator/core/certificates.ts";

const BACKEND = join(execFileSync("git", ["--exec-path"]).toString().trim(), "git-http-backend");

export interface GitServerOptions {
  /** Answers in the backend's place. @returns whether it did */
  readonly instead?: (request: IncomingMessage, response: ServerResponse, url: URL) => boolean;
  /** Who may push, by the header of the request; nobody when it is absent. */
  readonly user?: (request: IncomingMessage) => string | undefined;
  /** Called when the backend has done its work, before the answer. @returns whether the answer is lost */
  readonly after?: (request: IncomingMessage, url: URL) => boolean;
}

/** Repositories over https as hosts serve them: git's own program behind a TLS server. */
export async function startGitServer({ instead, user, after }: GitServerOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), "devfactory-git-test-"));
  const served = join(folder, "served");
  mkdirSync(served);
  const seen: string[] = [];
  const certificates = await ensureCertificates(join(folder, "tls"));
  writeFileSync(join(folder, "ca.pem"), certificates.ca);
  const server = createServer({ cert: certificates.cert, key: certificates.key }, (request, response) => {
    const url = new URL(request.url ?? "/", "https://host");
    seen.push(`${request.method} ${url.pathname}`);
    if (instead?.(request, response, url)) return;
    const name = user?.(request);
    const backend = spawn(BACKEND, {
      env: {
        PATH: process.env.PATH,
        GIT_PROJECT_ROOT: served,
        GIT_HTTP_EXPORT_ALL: "1",
        PATH_INFO: url.pathname,
        QUERY_STRING: url.search.slice(1),
        REQUEST_METHOD: request.method ?? "GET",
        CONTENT_TYPE: request.headers["content-type"] ?? "",
        GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
        HTTP_CONTENT_ENCODING: String(request.headers["content-encoding"] ?? ""),
        ...(name !== undefined && { REMOTE_USER: name }),
      },
    });
    request.pipe(backend.stdin);
    backend.stdin.on("error", () => {}); // it may answer before it has read all
    const chunks: Buffer[] = [];
    backend.stdout.on("data", (chunk: Buffer) => void chunks.push(chunk));
    backend.once("close", () => {
      if (after?.(request, url)) {
        response.destroy();
        return;
      }
      const all = Buffer.concat(chunks);
      const end = all.indexOf("\r\n\r\n");
      const headers = all
        .subarray(0, end)
        .toString()
        .split("\r\n")
        .map((line) => line.split(": ") as [string, string]);
      const status = headers.find(([key]) => key === "Status")?.[1];
      for (const [key, value] of headers) if (key !== "Status") response.setHeader(key, value);
      response.writeHead(status ? Number.parseInt(status, 10) : 200).end(all.subarray(end + 4));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  const host = `localhost:${(server.address() as AddressInfo).port}`;
  return {
    host,
    folder,
    /** Holds the bare repositories, by path. */
    served,
    /** Method and path of each request. */
    seen,
    /** With which git trusts the server. */
    env: { GIT_SSL_CAINFO: join(folder, "ca.pem") },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export type GitServer = Awaited<ReturnType<typeof startGitServer>>;
