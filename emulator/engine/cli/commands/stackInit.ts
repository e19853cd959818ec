import { checkpointExists, NEW_STACK, writeStack } from "../../backend/checkpoint.ts";
import { createSalt, readPassphrase } from "../../backend/passphrase.ts";
import { fullName, parseStackReference } from "../../backend/stackReference.ts";
import { EngineError, EXIT } from "../../engineError.ts";
import type { CommandCall } from "../command.ts";
import { copyConfig } from "../copyConfig.ts";
import { openBackend, StackSession } from "../session.ts";

/** `stack init NAME`: an empty stack with a salt of its own; it becomes the selected one. */
export async function run(call: CommandCall): Promise<number> {
  const { context, args, flags } = call;
  const name = args[0] ?? flags.text("stack");
  if (!name) throw new EngineError("missing stack name", EXIT.configuration);
  const provider = flags.text("secrets-provider") ?? "default";
  if (provider !== "default" && provider !== "passphrase") {
    throw new EngineError(
      `the secrets provider ${provider} is not available in this engine: only passphrase is`,
      EXIT.configuration,
    );
  }
  const backend = openBackend(context);
  const stack = parseStackReference(name, backend.project?.name);
  if (await checkpointExists(backend.bucket, stack)) throw new EngineError(`stack '${fullName(stack)}' already exists`);
  const passphrase = readPassphrase(context.env);
  const session = new StackSession(context, backend, stack, NEW_STACK);
  if (!session.config.salt) session.config.salt = await createSalt(passphrase, context.keys);
  const source = flags.text("copy-config-from");
  if (source) await copyConfig((await StackSession.open(call, source)).configSource, session.configSource);
  session.config.save();
  await writeStack(backend.bucket, stack, undefined);
  if (!flags.on("no-select")) session.select();
  context.out(`Created stack '${stack.name}'\n`);
  return EXIT.ok;
}
