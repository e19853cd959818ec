import { selectedStack, selectStack } from "../../backend/home.ts";
import {
  backupsFolder,
  checkpointBackupKey,
  checkpointKey,
  historyFolder,
  journalKey,
  tagsKey,
} from "../../backend/layout.ts";
import { fullName } from "../../backend/stackReference.ts";
import { STACK_TYPE } from "../../deploy/urn.ts";
import { EngineError, EXIT } from "../../engineError.ts";
import { approve } from "../approve.ts";
import type { CommandCall } from "../command.ts";
import { holdStack } from "../heldStack.ts";
import { StackSession } from "../session.ts";

const KEYS = [checkpointKey, checkpointBackupKey, journalKey, tagsKey, historyFolder, backupsFolder];

/** `stack rm NAME`: refused while it has resources, unless forced. */
export async function run(call: CommandCall): Promise<number> {
  const { context, flags, args } = call;
  const name = args[0] ?? flags.text("stack");
  const session = await StackSession.open(call, name);
  const { stack, backend } = session;
  if (!flags.on("force") && hasResources(session)) {
    throw new EngineError(
      `'${stack.name}' still has resources; removal rejected. Possible actions:\n` +
        "- Make sure that '" +
        stack.name +
        "' is the stack that you want to destroy\n" +
        "- Run `pulumi destroy` to delete the resources, then run `pulumi stack rm`\n" +
        "- Run `pulumi stack rm --force` to override this error",
    );
  }
  await approve(
    call,
    `This will permanently remove the '${stack.name}' stack! Please confirm by typing in its name: `,
    (answer) => answer === stack.name,
  );
  const removeAll = async () => {
    for (const key of KEYS) await backend.bucket.remove(key(stack));
  };
  await holdStack(call, removeAll, { name, replaces: true });
  if (!flags.on("preserve-config")) session.config.erase();
  if (backend.project && selectedStack(context.env, backend.project, backend.url) === fullName(stack)) {
    selectStack(context.env, backend.project, backend.url, undefined);
  }
  context.out(`Stack '${stack.name}' has been removed!\n`);
  return EXIT.ok;
}

function hasResources({ deployment }: StackSession): boolean {
  return (deployment?.resources ?? []).some((state) => state.type !== STACK_TYPE);
}
