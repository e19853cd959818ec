import { EngineError, EXIT } from "../../engineError.ts";
import type { CommandCall } from "../command.ts";

/** Flags of the real CLI that this engine does not have yet: refused, so that nobody believes they worked. */
const REFUSED = [
  "exclude",
  "exclude-dependents",
  "policy-pack",
  "policy-pack-config",
  "plan",
  "save-plan",
  "import-file",
  "attach-debugger",
  "remote",
] as const;

/** @throws EngineError (exit 2) when such a flag is set */
export function refuseUnsupported({ flags }: CommandCall): void {
  for (const name of REFUSED) {
    const value = flags.text(name);
    if (value !== undefined && value !== "false")
      throw new EngineError(`--${name} is not supported by this engine`, EXIT.configuration);
  }
}

/** For refresh and destroy, which here never run the program. @throws EngineError (exit 2) for `--run-program` */
export function refuseProgram({ flags }: CommandCall): void {
  if (flags.on("run-program"))
    throw new EngineError("--run-program is not supported by this engine", EXIT.configuration);
}
