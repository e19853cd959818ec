import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Deployment, writeStack } from "../../backend/checkpoint.ts";
import { lockStack } from "../../backend/locks.ts";
import { parseUrn } from "../../deploy/urn.ts";
import { EngineError, EXIT } from "../../engineError.ts";
import type { CommandCall } from "../command.ts";
import { StackSession } from "../session.ts";

interface ExportFile {
  readonly version: number;
  readonly deployment?: Deployment;
}

/** `stack import`: replaces the state; open secrets are sealed, unchanged ones keep their ciphertext. */
export async function run(call: CommandCall): Promise<number> {
  const { context, flags } = call;
  const session = await StackSession.open(call);
  const file = flags.text("file");
  const text = file ? readFileSync(resolve(context.cwd, file), "utf8") : await context.readInput();
  const { version, deployment } = JSON.parse(text) as ExportFile;
  if (version > 3) throw new EngineError(`could not deserialize deployment: unsupported version ${version}`);
  if (!deployment) throw new EngineError("could not deserialize deployment: it is missing");
  if (!flags.on("force")) refuseForeign(deployment, session.stack.name);
  const release = await lockStack(session.backend.bucket, session.stack);
  try {
    if (session.deployment) await session.sealer.open(session.deployment); // learns the ciphertexts to keep
    const {
      manifest,
      secrets_providers: given,
      ...rest
    } = await session.sealer.seal(await session.sealer.open(deployment));
    const provider = session.secrets.provider ?? given;
    await writeStack(session.backend.bucket, session.stack, {
      manifest,
      ...(provider ? { secrets_providers: provider } : {}),
      ...rest,
    });
  } finally {
    await release();
  }
  context.out("Import complete.\n");
  return EXIT.ok;
}

function refuseForeign(deployment: Deployment, stack: string): void {
  for (const { urn } of deployment.resources ?? []) {
    const owner = parseUrn(urn).stack;
    if (owner !== stack) {
      throw new EngineError(
        `resource '${urn}' is from a different stack (${owner} != ${stack}): importing this file could be dangerous; rerun command with --force to proceed anyway`,
      );
    }
  }
}
