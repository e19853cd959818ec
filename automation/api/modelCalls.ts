import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { AutomationError } from "../errors.ts";
import { guardJson } from "./bodyGuard.ts";
import type { ApiServices } from "./context.ts";
import { toResponse } from "./problem.ts";

/** Of a request: a long conversation with the files that an agent has read. */
const BODY_LIMIT = 2 * 1024 * 1024;
const PREFIX = "/models/";

/**
 * `POST /models/<provider>/…`: calls of models by runs of agents, in the wire format of the provider. It is for the platform's agents
 * alone, so it stands in no description of the API, and only at the API's own address: the dashboard's does not forward it.
 */
export function modelCalls({ models }: Pick<ApiServices, "models">): Hono {
  const limited = bodyLimit({
    maxSize: BODY_LIMIT,
    onError: (c) => toResponse(c, new AutomationError("BODY_TOO_LARGE", { limitBytes: BODY_LIMIT })),
  });
  return new Hono().post(`${PREFIX}:provider/*`, limited, async (c) => {
    const provider = c.req.param("provider");
    // An address with a query is not one of the few that there are.
    const { pathname, search } = new URL(c.req.url);
    const path = `${pathname.slice(PREFIX.length + provider.length)}${search}`;
    const { signal } = c.req.raw;
    const body = async (): Promise<unknown> => {
      await guardJson()(c, async () => {}); // after the token: a stranger's body is not looked at
      return c.req.json();
    };
    try {
      const call = { provider, path, header: (name: string) => c.req.header(name), body, signal };
      return c.body(await models.gateway.call(call), 200, { "content-type": "application/json" });
    } catch (error) {
      return toResponse(c, error, undefined, forAgents(error));
    }
  });
}

/** What the agent hands on to the worker, which tells it to people in the same words. */
function forAgents(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof AutomationError)) return {};
  const told = Object.entries(error.details).filter(
    ([, value]) => typeof value === "string" || typeof value === "number",
  );
  return { model: Object.fromEntries(told) };
}
