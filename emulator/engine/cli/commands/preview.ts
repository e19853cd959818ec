import { resolve } from "node:path";
import type { CommandCall } from "../command.ts";
import { ImportFileWriter } from "../importFile.ts";
import { saveInlineConfig } from "./inlineConfig.ts";
import { operate } from "./operate.ts";
import { refuseUnsupported } from "./unsupported.ts";
import { updateKind } from "./up.ts";

/** `preview`: what `up` would do. */
export async function run(call: CommandCall): Promise<number> {
  refuseUnsupported(call);
  await saveInlineConfig(call);
  const file = call.flags.text("import-file");
  if (file === undefined) return operate(call, updateKind(call, true));
  const writer = new ImportFileWriter();
  const code = await operate(call, { ...updateKind(call, true), listener: writer.listener });
  writer.write(resolve(call.context.cwd, file));
  return code;
}
