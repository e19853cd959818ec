import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Logger } from "../logger.ts";

export interface HealthOptions {
  /** 0: a free one. */
  readonly port: number;
  /** Whether the worker still does its work; `false` three times in a row restarts the replica. */
  readonly live: () => boolean;
  /** Whether it reaches what it needs; a rejection counts as no. */
  readonly ready: () => Promise<boolean>;
  /** Whether something that can be done without for a while does not answer: told, and no reason for a restart. */
  readonly degraded?: () => boolean;
  readonly log: Pick<Logger, "warn">;
}

/** Answers `GET /health/live` and `GET /health/ready` with 200 or 503, as the API does. */
export async function serveHealth(options: HealthOptions): Promise<{ readonly port: number; readonly server: Server }> {
  const checks: Readonly<Record<string, () => Promise<boolean>>> = {
    "/health/live": async () => options.live(),
    "/health/ready": options.ready,
  };
  const server = createServer(async (request, response) => {
    const check = request.method === "GET" ? checks[request.url ?? ""] : undefined;
    if (!check) {
      response.writeHead(404).end();
      return;
    }
    const ok = await check().catch((error: unknown) => {
      options.log.warn({ err: error }, "not ready");
      return false;
    });
    const status = ok ? (options.degraded?.() ? "degraded" : "ok") : "unavailable";
    response.writeHead(ok ? 200 : 503, { "content-type": "application/json" }).end(JSON.stringify({ status }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, resolve);
  });
  server.unref(); // it never keeps a worker alive that has nothing to do any more
  return { port: (server.address() as AddressInfo).port, server };
}
