import { breakLocks } from "../../backend/locks.ts";
import { EngineError, EXIT } from "../../engineError.ts";
import type { CommandCall } from "../command.ts";
import { StackSession } from "../session.ts";

/** `cancel`: removes the locks of a stack; the processes that hold them go on. */
export async function run(call: CommandCall): Promise<number> {
  const { context, flags, args } = call;
  const session = await StackSession.open(call, args[0] ?? flags.text("stack"));
  if (!flags.on("yes")) {
    if (!context.ask)
      throw new EngineError(
        "--yes must be passed in to proceed when running in non-interactive mode",
        EXIT.configuration,
      );
    const answer = await context.ask(
      `This will irreversibly cancel the currently running update for '${session.stack.name}'! (yes/no) `,
    );
    if (!/^y(es)?$/i.test(answer.trim())) throw new EngineError("confirmation declined", EXIT.cancelled);
  }
  await breakLocks(session.backend.bucket, session.stack);
  context.out(`The currently running update for '${session.stack.name}' has been canceled!\n`);
  return EXIT.ok;
}
