import type { MiddlewareHandler } from "hono";
import { AutomationError } from "../errors.ts";
import type { ApiServices, ApiVariables } from "./context.ts";

type Guard = MiddlewareHandler<{ Variables: ApiVariables }>;

/** They answer a question about what they are given and change nothing. */
const READING_POSTS: ReadonlySet<string> = new Set(["/estimates", "/policy/evaluate"]);

/** Reading needs `Jobs.Read` (or the right to write), everything else `Jobs.Write`. */
export function authenticate({ verifier }: Pick<ApiServices, "verifier">): Guard {
  return async (c, next) => {
    const header = c.req.header("authorization") ?? "";
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]*)$/i.exec(header)?.[1];
    if (!token) throw new AutomationError("UNAUTHORIZED", { reason: "There is no bearer token." });
    const principal = await verifier.verify(token);
    const { method, path } = c.req;
    const reads = method === "GET" || method === "HEAD" || READING_POSTS.has(path.replace(/^\/api\//, "/"));
    const needed = reads ? "Jobs.Read" : "Jobs.Write";
    if (!principal.granted.has(needed) && !(reads && principal.granted.has("Jobs.Write"))) {
      throw new AutomationError("FORBIDDEN", { needed });
    }
    c.set("principal", principal);
    await next();
  };
}

/** For what concerns the whole tenant: its audit trail, its keys, its queue. The role is assigned in Entra. */
export const operatorsOnly: Guard = async (c, next) => {
  if (!c.var.principal.roles.has("operator")) throw new AutomationError("FORBIDDEN", { needed: "operator" });
  await next();
};
