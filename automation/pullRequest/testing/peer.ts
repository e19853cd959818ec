import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface PeerRequest {
  readonly method: string;
  readonly url: URL;
  readonly body: unknown;
  readonly token: string | undefined;
}

export interface PeerReply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An HTTP server on loopback that answers as a given host does; keeps what it was asked. */
export class Peer implements AsyncDisposable {
  readonly requests: string[] = [];
  /** Answers that come before the host's own, first in, first out. */
  readonly disturbances: PeerReply[] = [];
  readonly #server: Server;
  url = "";

  constructor(answer: (request: PeerRequest) => PeerReply | Promise<PeerReply>) {
    this.#server = createServer((request, response) => {
      void readBody(request).then(async (body) => {
        const url = new URL(request.url ?? "/", this.url);
        const method = request.method ?? "GET";
        this.requests.push(`${method} ${url.pathname}${url.search}`);
        const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
        const reply = this.disturbances.shift() ?? (await answer({ method, url, body, token }));
        response.writeHead(reply.status, { "Content-Type": "application/json", ...reply.headers });
        response.end(reply.body === undefined ? "" : JSON.stringify(reply.body));
      });
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text === "" ? undefined : JSON.parse(text);
}
