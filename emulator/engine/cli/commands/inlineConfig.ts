import { qualifyKey } from "../../backend/stackConfig.ts";
import { EngineError, EXIT } from "../../engineError.ts";
import type { CommandCall } from "../command.ts";
import { StackSession } from "../session.ts";

/** `-c key=value` before an operation: saved as plain config, as the CLI does. */
export async function saveInlineConfig(call: CommandCall): Promise<void> {
  const settings = call.flags.all("config");
  if (settings.length === 0) return;
  const session = await StackSession.open(call);
  for (const setting of settings) {
    const at = setting.indexOf("=");
    if (at < 0) throw new EngineError(`config value must be given as key=value: ${setting}`, EXIT.configuration);
    session.config.set(qualifyKey(setting.slice(0, at), session.project.name), setting.slice(at + 1));
  }
  session.config.save();
}
