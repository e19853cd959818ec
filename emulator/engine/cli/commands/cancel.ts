import { settleJournal } from "../../backend/checkpoint.ts";
import { breakLocks, isHeld } from "../../backend/locks.ts";
import { EngineError, EXIT } from "../../engineError.ts";
import { approve } from "../approve.ts";
import type { CommandCall } from "../command.ts";
import { StackSession } from "../session.ts";

/**
 * `cancel`: removes the locks of a stack; the processes that hold them go on. When none of them can still be at work,
 * what a killed one left in its journal becomes state.
 */
export async function run(call: CommandCall): Promise<number> {
  const { context, flags, args } = call;
  const { backend, stack } = await StackSession.open(call, args[0] ?? flags.text("stack"));
  await approve(call, `This will irreversibly cancel the currently running update for '${stack.name}'! (yes/no) `);
  const held = await isHeld(backend.bucket, stack);
  await breakLocks(backend.bucket, stack);
  if (!held) {
    await settleJournal(backend.bucket, stack).catch((error: unknown) => {
      if (!(error instanceof EngineError)) throw error;
      context.err(`warning: ${error.message}\n`); // the locks are gone all the same
    });
  }
  context.out(`The currently running update for '${stack.name}' has been canceled!\n`);
  return EXIT.ok;
}
