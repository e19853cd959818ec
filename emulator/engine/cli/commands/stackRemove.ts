import { selectedStack, selectStack } from "../../backend/home.ts";
import {
  backupsFolder,
  checkpointBackupKey,
  checkpointKey,
  historyFolder,
  journalKey,
  tagsKey,
} from "../../backend/layout.ts";
import { lockStack } from "../../backend/locks.ts";
import { fullName } from "../../backend/stackReference.ts";
import { STACK_TYPE } from "../../deploy/urn.ts";
import { EngineError, EXIT } from "../../engineError.ts";
import type { CommandCall } from "../command.ts";
import { StackSession } from "../session.ts";

/** `stack rm NAME`: refused while it has resources, unless forced. */
export async function run(call: CommandCall): Promise<number> {
  const { context, flags, args } = call;
  const session = await StackSession.open(call, args[0] ?? flags.text("stack"));
  const { stack, backend } = session;
  const resources = (session.deployment?.resources ?? []).filter((state) => state.type !== STACK_TYPE);
  if (resources.length > 0 && !flags.on("force")) {
    throw new EngineError(
      `'${stack.name}' still has resources; removal rejected. Possible actions:\n` +
        "- Make sure that '" +
        stack.name +
        "' is the stack that you want to destroy\n" +
        "- Run `pulumi destroy` to delete the resources, then run `pulumi stack rm`\n" +
        "- Run `pulumi stack rm --force` to override this error",
    );
  }
  if (!flags.on("yes")) {
    if (!context.ask)
      throw new EngineError(
        "--yes must be passed in to proceed when running in non-interactive mode",
        EXIT.configuration,
      );
    const answer = await context.ask(
      `This will permanently remove the '${stack.name}' stack! Please confirm by typing in its name: `,
    );
    if (answer.trim() !== stack.name) throw new EngineError("confirmation declined", EXIT.cancelled);
  }
  const release = await lockStack(backend.bucket, stack);
  try {
    for (const key of [checkpointKey, checkpointBackupKey, journalKey, tagsKey, historyFolder, backupsFolder]) {
      await backend.bucket.remove(key(stack));
    }
  } finally {
    await release();
  }
  if (!flags.on("preserve-config")) session.config.erase();
  if (backend.project && selectedStack(context.env, backend.project, backend.url) === fullName(stack)) {
    selectStack(context.env, backend.project, backend.url, undefined);
  }
  context.out(`Stack '${stack.name}' has been removed!\n`);
  return EXIT.ok;
}
