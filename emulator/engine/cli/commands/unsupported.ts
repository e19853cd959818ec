import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { EngineError, EXIT } from "../../engineError.ts";
import type { CommandCall } from "../command.ts";

/** Flags of the real CLI that this engine does not have yet: refused, so that nobody believes they worked. */
const REFUSED = ["plan", "save-plan", "attach-debugger", "remote"] as const;

/** @throws EngineError (exit 2) when such a flag is set */
export function refuseUnsupported({ flags, context }: CommandCall): void {
  const plan = flags.text("plan");
  if (plan !== undefined && !existsSync(resolve(context.cwd, plan)))
    throw new EngineError(`open ${plan}: no such file or directory`);
  for (const name of REFUSED) {
    const value = flags.text(name);
    if (value !== undefined && value !== "false")
      throw new EngineError(`--${name} is not supported by this engine`, EXIT.configuration);
  }
}
