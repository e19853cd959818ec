import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Deployment, writeStack } from "../../backend/checkpoint.ts";
import { readability, type SecretsProvider, soundDeployment, type Versioned } from "../../backend/deploymentFile.ts";
import { findIntegrityProblem } from "../../backend/integrity.ts";
import { parseJson } from "../../backend/parseJson.ts";
import { Sealer } from "../../backend/sealing.ts";
import { openStateCrypter } from "../../backend/stackSecrets.ts";
import { fileProblem } from "../../backend/storeProblem.ts";
import { parseUrn } from "../../deploy/urn.ts";
import { EngineError, EXIT } from "../../engineError.ts";
import type { CommandCall } from "../command.ts";
import { holdStack } from "../heldStack.ts";
import { StackSession } from "../session.ts";

interface ExportFile extends Versioned {
  readonly deployment?: Deployment;
}

/**
 * `stack import`: replaces the state; open secrets are sealed, unchanged ones keep their ciphertext. Works on a stack
 * whose state is damaged, too: it is the way out.
 */
export async function run(call: CommandCall): Promise<number> {
  const { context, flags } = call;
  const { stack } = await StackSession.open(call);
  const file = flags.text("file");
  const text = file ? readExport(resolve(context.cwd, file)) : await context.readInput();
  const deployment = parseExport(text, file ?? "the standard input", stack.name);
  const problems = findProblems(deployment, stack.name);
  for (const problem of problems) context.err(`${flags.on("force") ? "warning" : "error"}: ${problem}\n`);
  if (problems.length > 0 && !flags.on("force"))
    throw new EngineError("importing this file could be dangerous; rerun command with --force to proceed anyway");
  for (const { type, resource } of deployment.pending_operations ?? [])
    context.err(`warning: removing pending operation '${type}' on '${resource.urn}' from snapshot\n`);
  await holdStack(call, (session) => replaceState(session, deployment), { replaces: true });
  context.out("Import complete.\n");
  return EXIT.ok;
}

function readExport(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw fileProblem("read", path, error);
  }
}

function parseExport(text: string, name: string, stack: string): Deployment {
  const prefix = "could not deserialize deployment";
  const file = parseJson<ExportFile>(text, `${prefix}: ${name}`, "Give a file that `pulumi stack export` wrote.");
  const trouble = readability({ ...file, version: file.version ?? 0 });
  const update = "Please update your version of the Pulumi CLI";
  if (trouble?.kind === "tooNew")
    throw new EngineError(
      `the stack '${stack}' is newer than what this version of the Pulumi CLI understands. ${update}`,
    );
  if (trouble?.kind === "tooOld")
    throw new EngineError(
      `the stack '${stack}' is too old to be used by this version of the Pulumi CLI: version ${trouble.version} is to be brought to 3 by the real one first`,
    );
  if (trouble?.kind === "features")
    throw new EngineError(
      `the stack '${stack}' uses features that are not supported by this version of the Pulumi CLI: ${trouble.features.join(", ")}. ${update}`,
    );
  if (!file.deployment) throw new EngineError(`${prefix}: it is missing in ${name}`);
  return soundDeployment(file.deployment, `${prefix}: ${name}`);
}

function findProblems(deployment: Deployment, stack: string): readonly string[] {
  const foreign = (deployment.resources ?? [])
    .map(({ urn }) => ({ urn, owner: parseUrn(urn).stack }))
    .filter(({ owner }) => owner !== stack)
    .map(({ urn, owner }) => `resource '${urn}' is from a different stack (${owner} != ${stack})`);
  const broken = findIntegrityProblem(deployment);
  return broken ? [...foreign, `state file contains errors: ${broken}`] : foreign;
}

/** Pending operations are left out, as the real CLI does: whoever imports says that he knows what is there. */
async function replaceState(session: StackSession, given: Deployment): Promise<void> {
  const before = readable(session);
  const { pending_operations: _, manifest, secrets_providers: named, ...rest } = given;
  const salt = named?.state?.salt;
  if (!before && !session.config.salt && salt) {
    session.config.salt = salt;
    session.config.save();
  }
  const sealer = importSealer(session, named, rest);
  const own = session.config.salt ?? before?.secrets_providers?.state?.salt;
  if (before && before.secrets_providers?.state?.salt === own && (!salt || salt === own)) await sealer.open(before); // learns the ciphertexts to keep
  const sealed = await sealer.seal(await sealer.open(rest));
  const provider = session.secrets.provider ?? named;
  const deployment = { manifest, ...(provider ? { secrets_providers: provider } : {}), ...sealed };
  await writeStack(session.backend.bucket, session.stack, deployment, { keepBackup: !before });
}

/** Opens what was sealed under the file's own salt, seals under the stack's. */
function importSealer(session: StackSession, named: SecretsProvider | undefined, content: object): Sealer {
  if (named && named.type !== "passphrase" && JSON.stringify(content).includes('"ciphertext"')) {
    throw new EngineError(
      `the secrets in the file are sealed by the secrets provider ${named.type}, which is not available in this engine: export them with --show-secrets`,
    );
  }
  const { secrets, context } = session;
  const salt = named?.state?.salt;
  const foreign = salt !== undefined && salt !== secrets.provider?.state?.salt;
  return new Sealer(secrets.crypter, () =>
    foreign ? () => openStateCrypter(salt, context.env, context.keys) : secrets.crypter,
  );
}

function readable({ stored }: StackSession): Deployment | undefined {
  try {
    return stored.deployment;
  } catch (error) {
    if (error instanceof EngineError) return undefined; // damaged, and about to be replaced
    throw error;
  }
}
