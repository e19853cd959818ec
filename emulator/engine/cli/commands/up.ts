import { EXIT } from "../../engineError.ts";
import { readPackFolders } from "../../policy/packFolder.ts";
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
  const policyPacks = readPackFolders(flags.all("policy-pack"), flags.all("policy-pack-config"), context.cwd);
  return {
    kind: "update",
    preview,
    policyPacks,
    verb: preview ? "preview" : "update",
    title: preview ? "Previewing update" : "Updating",
    runsProgram: true,
    work: async (operation, _, program) => {
      const { runUpdate } = await import("../../update/runUpdate.ts");
      if (!program) throw new Error("an update runs a program");
      await runUpdate(operation, {
        ...program,
        refresh: flags.on("refresh"),
        targets: targetsOf(call),
        policyPacks,
        replace: [...flags.all("replace"), ...flags.all("target-replace")],
      });
      return undefined;
    },
  };
}
