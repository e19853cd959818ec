import { writeStack } from "../../backend/checkpoint.ts";
import type { Crypter } from "../../backend/passphrase.ts";
import { Sealer } from "../../backend/sealing.ts";
import { EngineError, EXIT } from "../../engineError.ts";
import type { CommandCall } from "../command.ts";
import { resealConfig } from "../copyConfig.ts";
import { holdStack } from "../heldStack.ts";
import type { StackSession } from "../session.ts";

/**
 * `stack change-secrets-provider passphrase`: seals config and state under a new passphrase, which is asked for, or
 * read as the first line of the standard input. The old one comes from the environment as always.
 */
export async function run(call: CommandCall): Promise<number> {
  const [provider] = call.args;
  if (!provider) throw new EngineError("missing new secrets provider: this engine has passphrase", EXIT.configuration);
  if (provider !== "passphrase" && provider !== "default") {
    throw new EngineError(
      `the secrets provider ${provider} is not available in this engine: only passphrase is`,
      EXIT.configuration,
    );
  }
  await holdStack(call, async (session) => {
    const [before, state] = [await session.secrets.crypter(), await session.secrets.stateCrypter()];
    const passphrase = await newPassphrase(call);
    call.context.out("Migrating old configuration and state to new secrets provider\n");
    await reseal(session, before, state, passphrase);
  });
  return EXIT.ok;
}

async function newPassphrase({ context }: CommandCall): Promise<string> {
  if (!context.ask) {
    const phrase = (await context.readInput()).split("\n", 1)[0]?.trim() ?? "";
    if (phrase === "")
      throw new EngineError("the new passphrase is missing: give it as the first line of the standard input");
    return phrase;
  }
  const first = await context.ask("Enter your new passphrase to protect config/secrets: ");
  const second = await context.ask("Re-enter your new passphrase to confirm: ");
  if (first !== second) throw new EngineError("passphrases do not match");
  return first;
}

/** The state names its own salt, so it is written first: killed in between, both can still be opened with their phrase. */
async function reseal(session: StackSession, config: Crypter, state: Crypter, passphrase: string): Promise<void> {
  const { deployment, secrets, backend, stack } = session;
  const entries = Object.entries(session.config.entries());
  const opened = deployment && (await new Sealer(async () => state).open(deployment));
  const after = await secrets.renew(passphrase);
  for (const [key, node] of entries) session.config.set(key, resealConfig(node, config, after));
  session.config.dropSecretsProvider();
  if (opened) {
    const { manifest, secrets_providers: _, ...rest } = await new Sealer(async () => after).seal(opened);
    const provider = secrets.provider;
    await writeStack(backend.bucket, stack, {
      manifest,
      ...(provider ? { secrets_providers: provider } : {}),
      ...rest,
    });
  }
  session.config.save();
}
