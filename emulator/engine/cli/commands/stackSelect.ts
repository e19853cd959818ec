import { checkpointExists } from "../../backend/checkpoint.ts";
import { parseStackReference } from "../../backend/stackReference.ts";
import { EngineError, EXIT } from "../../engineError.ts";
import type { CommandCall } from "../command.ts";
import { openBackend, StackSession } from "../session.ts";

/** `stack select NAME`: exit 6 when there is none of that name. */
export async function run(call: CommandCall): Promise<number> {
  const name = call.args[0] ?? call.flags.text("stack");
  if (!name) throw new EngineError("no stack name was given", EXIT.configuration);
  if (call.flags.on("create")) {
    const backend = openBackend(call.context);
    const absent = !(await checkpointExists(backend.bucket, parseStackReference(name, backend.project?.name)));
    if (absent) return (await import("./stackInit.ts")).run({ ...call, args: [name] });
  }
  (await StackSession.open(call, name)).select();
  return EXIT.ok;
}
