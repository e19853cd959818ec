import { randomBytes, timingSafeEqual } from "node:crypto";
import type { Limits } from "./arm/capacity/limits.ts";
import type { Costs } from "./arm/costs/costs.ts";
import { isObject } from "./arm/json.ts";
import type { Certificates } from "./core/certificates.ts";
import type { ShiftableClock } from "./core/clock.ts";
import { type Listener, listen } from "./core/listener.ts";
import type { TokenAuthority } from "./core/tokens.ts";
import type { Fault, Faults } from "./faults.ts";

export interface Admin {
  readonly url: string;
  readonly token: string;
  close(): Promise<void>;
}

export interface AdminParts {
  readonly port: number;
  readonly certificates: Certificates;
  readonly clock: ShiftableClock;
  readonly tokens: TokenAuthority;
  readonly faults: Faults;
  readonly limits: Limits;
  readonly costs: Costs;
}

/**
 * The port for tests and operators; workloads never get its token. `POST /clock {"shiftMs"}` moves the clock, `POST /faults` adds a
 * fault, `DELETE /faults` clears them, `POST /keys/rotate` makes a new signing key, `POST /quotas {"provider", "name", "limit"}` sets a quota,
 * `POST /regions {"type", "location", "reason"?}` closes a region for a type, or opens it when no reason is given, `POST /costs {"resourceGroupId", "amount"}` adds to a month's bill.
 */
export async function openAdmin(parts: AdminParts): Promise<Admin> {
  const token = randomBytes(24).toString("base64url");
  const handler = (request: Request) => answer(parts, token, request);
  const listener: Listener = await listen({ port: parts.port, certificates: parts.certificates, handler });
  return { url: listener.url, token, close: () => listener.close() };
}

async function answer(parts: AdminParts, token: string, request: Request): Promise<Response> {
  if (!sameText(request.headers.get("authorization") ?? "", `Bearer ${token}`))
    return new Response(null, { status: 401 });
  const { clock, costs, faults, limits, tokens } = parts;
  const { pathname } = new URL(request.url);
  const body: unknown = request.method === "POST" ? await request.json().catch(() => undefined) : undefined;
  switch (`${request.method} ${pathname}`) {
    case "POST /clock":
      if (isObject(body)) clock.shift(Number(body.shiftMs ?? 0));
      return Response.json({ now: clock.now() });
    case "POST /faults":
      if (!isObject(body) || typeof body.path !== "string")
        return new Response("a fault needs a path", { status: 400 });
      faults.add({ ...body, path: body.path } as Fault);
      return new Response(null, { status: 204 });
    case "DELETE /faults":
      faults.clear();
      return new Response(null, { status: 204 });
    case "POST /quotas":
      if (!isObject(body) || typeof body.limit !== "number")
        return new Response("a quota needs a limit", { status: 400 });
      limits.setQuota(String(body.provider), String(body.name), body.limit);
      return new Response(null, { status: 204 });
    case "POST /regions":
      if (!isObject(body)) return new Response("a region needs a type and a location", { status: 400 });
      if (body.reason === undefined) limits.open(String(body.type), String(body.location));
      else limits.close(String(body.type), String(body.location), String(body.reason));
      return new Response(null, { status: 204 });
    case "POST /costs":
      if (!isObject(body) || typeof body.amount !== "number")
        return new Response("a cost needs an amount", { status: 400 });
      costs.charge(String(body.resourceGroupId), body.amount);
      return new Response(null, { status: 204 });
    case "POST /keys/rotate":
      await tokens.rotate();
      return new Response(null, { status: 204 });
    default:
      return new Response(null, { status: 404 });
  }
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
