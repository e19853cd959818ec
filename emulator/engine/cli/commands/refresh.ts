import { EXIT } from "../../engineError.ts";
import type { CommandCall } from "../command.ts";
import { confirm, requireConsent } from "../consent.ts";
import { type OperationKind, operate, targetsOf } from "./operate.ts";
import { refuseUnsupported } from "./unsupported.ts";

/** `refresh`: make the state what really exists. */
export async function run(call: CommandCall): Promise<number> {
  refuseUnsupported(call);
  requireConsent(call);
  if (call.flags.on("preview-only")) return operate(call, refreshKind(call, true));
  const go = await confirm(call, "refresh", () => operate(call, refreshKind(call, true)));
  return go ? operate(call, refreshKind(call, false)) : EXIT.ok;
}

function refreshKind(call: CommandCall, preview: boolean): OperationKind {
  return {
    kind: "refresh",
    preview,
    verb: preview ? "preview" : "refresh",
    title: preview ? "Previewing refresh" : "Refreshing",
    runsProgram: call.flags.on("run-program"),
    work: async (operation, _, program) => {
      const { runRefresh } = await import("../../update/runRefresh.ts");
      return runRefresh(operation, { targets: targetsOf(call), program });
    },
  };
}
