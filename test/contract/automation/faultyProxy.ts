import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import type { FaultPlan } from "@devfactory/automation/jobs/testing/faults.ts";

/** A way to a service on which requests, or the answers to requests that were done, get lost. The clients are as they are. */
export interface FaultyProxy extends AsyncDisposable {
  /** In place of the service's own address. */
  readonly url: string;
  /** How many were lost: before they were done, and after. */
  readonly lost: { before: number; after: number };
}

export interface FaultyProxyOptions {
  readonly target: string;
  readonly certificates: { readonly cert: string; readonly key: string; readonly ca: string };
  /** Decides for each request; `method` is the verb with the path. */
  readonly plan: FaultPlan;
}

/** Sockets are closed without a word, as by a line that breaks: a client reads nothing, or half an answer. */
export async function startFaultyProxy({ target, certificates, plan }: FaultyProxyOptions): Promise<FaultyProxy> {
  const lost = { before: 0, after: 0 };
  let calls = 0;
  const server = createServer(certificates, (incoming: IncomingMessage, answer: ServerResponse) => {
    calls += 1;
    const fault = plan(`${incoming.method} ${incoming.url}`, calls);
    if (fault === "before") {
      lost.before += 1;
      incoming.socket.destroy();
      return;
    }
    const url = new URL(incoming.url ?? "/", target);
    const headers = { ...incoming.headers, host: url.host };
    const forward = () => {
      const outgoing = request(url, { method: incoming.method, headers, ca: certificates.ca }, (response) => {
        if (fault === "after") {
          // Done to the last byte; half of them break off in the middle of the answer.
          lost.after += 1;
          if (lost.after % 2 === 0) answer.writeHead(response.statusCode ?? 502, response.headers).flushHeaders();
          response.resume().on("end", () => incoming.socket.destroy());
          return;
        }
        void relay(response, answer, [new URL(target).origin, origin()]);
      });
      outgoing.on("error", () => incoming.socket.destroy());
      incoming.pipe(outgoing);
    };
    if (typeof fault === "object") setTimeout(forward, fault.delayMs);
    else forward();
  });
  const origin = () => `https://localhost:${(server.address() as AddressInfo).port}`;
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  return {
    url: `${origin()}${new URL(target).pathname}`,
    lost,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Passes an answer on. What a service says of its own address, as Key Vault in the id of a key, is the way's then. */
async function relay(from: IncomingMessage, to: ServerResponse, [own, ours]: readonly [string, string]): Promise<void> {
  if (!from.headers["content-type"]?.includes("json") || from.headers["x-ms-blob-type"]) {
    to.writeHead(from.statusCode ?? 502, from.headers);
    from.pipe(to);
    return;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of from) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString("utf8").replaceAll(own, ours);
  to.writeHead(from.statusCode ?? 502, { ...from.headers, "content-length": String(Buffer.byteLength(body)) }).end(
    body,
  );
}
