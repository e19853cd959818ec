import { resolve } from "node:path";
import { makeDeployment } from "../../backend/checkpoint.ts";
import { versionOf } from "../../backend/deploymentFile.ts";
import { isHeld } from "../../backend/locks.ts";
import { replaceFile } from "../../backend/replaceFile.ts";
import { exposeSecrets } from "../../backend/sealing.ts";
import { EngineError, EXIT } from "../../engineError.ts";
import type { CommandCall } from "../command.ts";
import { holdStack } from "../heldStack.ts";
import { StackSession } from "../session.ts";

/** `stack export`: the deployment as JSON, secrets sealed, or open with `--show-secrets`. */
export async function run(call: CommandCall): Promise<number> {
  const { context, flags } = call;
  if (flags.text("version") !== undefined)
    throw new EngineError("the current backend does not provide the ability to export previous deployments");
  const session = await openSettled(call);
  const stored = session.stored.deployment ?? makeDeployment([], [], session.secrets.provider, new Date());
  const deployment = flags.on("show-secrets") ? exposeSecrets(await session.sealer.open(stored)) : stored;
  const text = `${JSON.stringify({ ...versionOf(stored), deployment }, null, 4)}\n`;
  const file = flags.text("file");
  if (file) replaceFile(resolve(context.cwd, file), text);
  else context.out(text);
  return EXIT.ok;
}

/** An export is how a stack is handed over: what a killed operation left is written down first, unless one still runs. */
async function openSettled(call: CommandCall): Promise<StackSession> {
  const session = await StackSession.open(call);
  if (!session.stored.hasJournal || (await isHeld(session.backend.bucket, session.stack))) return session;
  try {
    return await holdStack(call, async (held) => held);
  } catch (error) {
    if (error instanceof EngineError) return session; // a store that takes no writes can still be read
    throw error;
  }
}
