import type { MiddlewareHandler } from "hono";
import { AutomationError } from "../errors.ts";
import type { ApiServices, ApiVariables } from "./context.ts";
import { principalOf } from "./principal.ts";

type Guard = MiddlewareHandler<{ Variables: ApiVariables }>;

/** They answer a question about what they are given and change nothing. */
const READING_POSTS: ReadonlySet<string> = new Set(["/estimates", "/policy/evaluate"]);

/** Reading needs `Jobs.Read` (or the right to write), everything else `Jobs.Write`. */
export function authenticate({ verifier }: Pick<ApiServices, "verifier">): Guard {
  return async (c, next) => {
    const { method, path } = c.req;
    const reads = method === "GET" || method === "HEAD" || READING_POSTS.has(path.replace(/^\/api\//, "/"));
    const needed = reads ? "Jobs.Read" : "Jobs.Write";
    c.set("principal", await principalOf(verifier, c.req.header("authorization"), needed));
    await next();
  };
}

/** For what concerns the whole tenant: its audit trail, its keys, its queue. The role is assigned in Entra. */
export const operatorsOnly: Guard = async (c, next) => {
  if (!c.var.principal.roles.has("operator")) throw new AutomationError("FORBIDDEN", { needed: "operator" });
  await next();
};
