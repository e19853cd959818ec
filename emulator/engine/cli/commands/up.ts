import { EXIT } from "../../engineError.ts";
import { runUpdate } from "../../update/runUpdate.ts";
import type { CommandCall } from "../command.ts";
import { confirm, requireConsent } from "../consent.ts";
import { saveInlineConfig } from "./inlineConfig.ts";
import { type OperationKind, operate, targetsOf } from "./operate.ts";
import { refuseUnsupported } from "./unsupported.ts";

/** `up`: run the program, make the stack what it says. */
export async function run(call: CommandCall): Promise<number> {
  refuseUnsupported(call);
  requireConsent(call);
  await saveInlineConfig(call);
  if (call.flags.on("preview-only")) return operate(call, updateKind(call, true));
  const go = await confirm(call, "update", () => operate(call, updateKind(call, true)));
  return go ? operate(call, updateKind(call, false)) : EXIT.ok;
}

/** The operation behind `up` and `preview`. */
export function updateKind(call: CommandCall, preview: boolean): OperationKind {
  const { flags, context } = call;
  return {
    kind: "update",
    preview,
    verb: preview ? "preview" : "update",
    title: preview ? "Previewing update" : "Updating",
    work: async (operation, session) => {
      const { values, secretKeys } = await session.openConfig();
      await runUpdate(operation, {
        program: { project: session.project, stack: session.stack.name, config: values, secretKeys, env: context.env },
        client: flags.text("client"),
        refresh: flags.on("refresh"),
        targets: targetsOf(call),
        replace: [...flags.all("replace"), ...flags.all("target-replace")],
      });
      return undefined;
    },
  };
}
