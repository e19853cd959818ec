import { RuntimeError } from "../errors.ts";
import { checkPath } from "../workspace/path.ts";
import type { ToolContext } from "./tool.ts";

/** Writes a file if it lies in the agent's part of the app. @returns whether its text is new */
export function writeInZone(context: ToolContext, path: string, text: string): Promise<boolean> {
  const safe = checkPath(path);
  const allowed = context.writes.some((zone) => (zone.endsWith("/") ? safe.startsWith(zone) : safe === zone));
  if (allowed) return context.workspace.writeText(safe, text);
  const reason = `this agent writes ${context.writes.join(", ") || "nothing"} only`;
  return Promise.reject(new RuntimeError("PATH_REFUSED", { path: safe, reason }));
}
