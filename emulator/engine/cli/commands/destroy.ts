import { EXIT } from "../../engineError.ts";
import type { CommandCall } from "../command.ts";
import { confirm, requireConsent } from "../consent.ts";
import { type OperationKind, operate, targetsOf } from "./operate.ts";
import { run as removeStack } from "./stackRemove.ts";
import { refuseUnsupported } from "./unsupported.ts";

/** `destroy`: delete everything; the stack and its history stay unless `--remove`. */
export async function run(call: CommandCall): Promise<number> {
  refuseUnsupported(call);
  requireConsent(call);
  if (call.flags.on("preview-only")) return operate(call, destroyKind(call, true));
  const go = await confirm(call, "destroy", () => operate(call, destroyKind(call, true)));
  if (!go) return EXIT.ok;
  const code = await operate(call, destroyKind(call, false));
  return call.flags.on("remove") && code === EXIT.ok ? removeStack(call) : code;
}

function destroyKind(call: CommandCall, preview: boolean): OperationKind {
  const { flags } = call;
  return {
    kind: "destroy",
    preview,
    verb: preview ? "preview" : "destroy",
    title: preview ? "Previewing destroy" : "Destroying",
    runsProgram: flags.on("run-program"),
    work: async (operation, _, program) => {
      const { runDestroy } = await import("../../update/runDestroy.ts");
      const excludeProtected = flags.on("exclude-protected");
      const kept = await runDestroy(operation, {
        refresh: flags.on("refresh"),
        excludeProtected,
        targets: targetsOf(call),
        program,
      });
      if (kept > 0 && !preview)
        operation.options.events.emit({
          stdoutEvent: {
            message: `All unprotected resources were destroyed. There are still ${kept} protected resources associated with this stack.\n`,
            color: "never",
          },
        });
      return undefined;
    },
  };
}
