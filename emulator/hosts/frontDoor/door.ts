import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { isRepeatable, proxy, proxyUpgrade, unreachable } from "../proxy.ts";
import { chooseOrigin, type OriginHealth } from "./health.ts";
import { matchRoute } from "./match.ts";
import type { DoorSettings, Origin, OriginGroup } from "./settings.ts";

/** One endpoint: finds the route and an origin for each request, and the next origin when the first does not listen. */
export class Door {
  readonly #endpointId: string;
  readonly #settings: DoorSettings;
  readonly #health: OriginHealth;

  constructor(endpointId: string, settings: DoorSettings, health: OriginHealth) {
    this.#endpointId = endpointId;
    this.#settings = settings;
    this.#health = health;
  }

  readonly serve = (request: IncomingMessage, response: ServerResponse): void => {
    const group = this.#groupOf(request);
    if (group) return void this.#forward(group, this.#settings.origins(group.id), request, response);
    response.writeHead(404, { "content-type": "text/plain; charset=utf-8" });
    response.end("No route of this endpoint leads anywhere.\n");
  };

  readonly upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const group = this.#groupOf(request);
    const origin = group && this.#choose(group, this.#settings.origins(group.id));
    if (!origin?.address) return void socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    proxyUpgrade(origin.address, request, socket, head, this.#headers(origin, request));
  };

  #groupOf(request: IncomingMessage): OriginGroup | undefined {
    if (!this.#settings.isOpen(this.#endpointId)) return undefined;
    const route = matchRoute(this.#settings.routes(this.#endpointId), request.url?.split("?")[0] ?? "/");
    return route && this.#settings.group(route.groupId);
  }

  #choose(group: OriginGroup, origins: readonly Origin[]): Origin | undefined {
    return chooseOrigin(origins, (each) => this.#health.isHealthy(each, group), Math.random());
  }

  #forward(group: OriginGroup, left: readonly Origin[], request: IncomingMessage, response: ServerResponse): void {
    const origin = this.#choose(group, left);
    if (!origin) return void unreachable(response);
    const unanswered = () => {
      if (group.probe) this.#health.lost(origin, group); // nobody but a probe would find it well again
      const others = left.filter((each) => each !== origin);
      if (isRepeatable(request)) this.#forward(group, others, request, response);
      else unreachable(response);
    };
    if (!origin.address) return void unanswered();
    proxy(origin.address, request, response, { headers: this.#headers(origin, request), unanswered });
  }

  /** What an origin learns of the door and the client. @see Microsoft Learn, "Protocol support for HTTP headers in Azure Front Door" */
  #headers({ hostHeader }: Origin, request: IncomingMessage): Readonly<Record<string, string>> {
    const client = request.socket.remoteAddress ?? "127.0.0.1";
    return {
      host: hostHeader,
      "x-azure-fdid": this.#settings.frontDoorId(this.#endpointId),
      "x-azure-clientip": client,
      "x-azure-socketip": client,
    };
  }
}
