import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A receiver of webhooks on a port of this machine. `answer` says the status of each request, or nothing to hang up. */
export async function startReceiver(answer: (count: number) => number | undefined = () => 200) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => {
      body += chunk;
    });
    request.once("end", () => {
      received.push({ headers: request.headers, body });
      const status = answer(received.length);
      if (status === undefined) response.destroy();
      else response.writeHead(status, status === 503 ? { "retry-after": "120" } : {}).end("thanks");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const stop = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return { received, url: `http://127.0.0.1:${port}/hook?token=canary-in-address`, [Symbol.asyncDispose]: stop };
}
