import type { CommandCall } from "../command.ts";
import { saveInlineConfig } from "./inlineConfig.ts";
import { operate } from "./operate.ts";
import { refuseUnsupported } from "./unsupported.ts";
import { updateKind } from "./up.ts";

/** `preview`: what `up` would do. */
export async function run(call: CommandCall): Promise<number> {
  refuseUnsupported(call);
  await saveInlineConfig(call);
  return operate(call, updateKind(call, true));
}
