import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { EmulatorContext } from "../../core/context.ts";
import type { ArmResource } from "../../core/resources.ts";
import { proxy, proxyUpgrade } from "../proxy.ts";

const SITES = "Microsoft.Web/staticSites";
const APPS = "Microsoft.App/containerApps";
const TAG = "devfactory-front-door";

/** Plain http for people's browsers, which do not trust the local authority: one port, sites and public apps by name. */
export class FrontDoor {
  readonly #context: EmulatorContext;
  #server: Server | undefined;
  #port = 0;

  constructor(context: EmulatorContext) {
    this.#context = context;
  }

  get url(): string {
    return `http://localhost:${this.#port}`;
  }

  /** @param wanted taken when it is free, else the next free one is chosen */
  async start(wanted: number): Promise<void> {
    const server = createServer((request, response) => this.#serve(request, response));
    server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
    this.#port = await listenOn(server, wanted).catch(() => listenOn(server, 0));
    this.#server = server;
    if (this.#port !== wanted && wanted !== 0)
      this.#context.log("frontDoor", `port ${wanted} is taken, using ${this.#port}`);
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const { name, address } = this.#target(request);
    if (address) {
      proxy(address, request, response);
      return;
    }
    response.writeHead(name === undefined ? 503 : 404, {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "retry-after": "2",
    });
    response.end(waitingPage(name));
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { address } = this.#target(request);
    if (address) proxyUpgrade(address, request, socket, head);
    else socket.end("HTTP/1.1 503 Service Unavailable\r\n\r\n");
  }

  /** `<name>.localhost` is a public app or a site, anything else the tagged site. */
  #target(request: IncomingMessage): { name: string | undefined; address: string | undefined } {
    const host = (request.headers.host ?? "").split(":")[0]?.toLowerCase() ?? "";
    const name = host.endsWith(".localhost") ? host.slice(0, -".localhost".length) : undefined;
    const { resources } = this.#context;
    if (name === undefined) {
      const site = resources.list(SITES).find((each) => each.tags?.[TAG] === "true");
      return { name, address: addressOf(site) };
    }
    const plain = name.split("---")[0]; // a label of the app stays in the forwarded host
    const found = [...resources.list(APPS), ...resources.list(SITES)].find((each) => each.name.toLowerCase() === plain);
    return { name, address: addressOf(found) };
  }
}

function addressOf(resource: ArmResource | undefined): string | undefined {
  const ingress = (
    resource?.properties.configuration as { ingress?: { external?: boolean; fqdn?: string } } | undefined
  )?.ingress;
  const host = resource?.properties.defaultHostname ?? (ingress?.external ? ingress.fqdn : undefined);
  return typeof host === "string" && host.startsWith("localhost:") ? host : undefined;
}

function listenOn(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : port);
    });
  });
}

function waitingPage(name: string | undefined): string {
  const what =
    name === undefined
      ? "The dashboard is being deployed."
      : `There is no public app or site named “${escapeHtml(name)}” yet.`;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="2"><title>One moment</title>
<style>body{font:18px system-ui;display:grid;place-content:center;min-height:90vh;color:#234}@media (prefers-color-scheme:dark){body{background:#111;color:#dde}}</style>
<p>${what}<br>This page looks again every two seconds.</p></html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
