import { existsSync, renameSync } from "node:fs";
import { checkpointExists, writeStack } from "../../backend/checkpoint.ts";
import { selectedStack, selectStack } from "../../backend/home.ts";
import { checkpointBackupKey, checkpointKey, historyFolder, journalKey, tagsKey } from "../../backend/layout.ts";
import { stackConfigPath } from "../../backend/stackConfig.ts";
import { fullName, parseStackReference, type StackReference } from "../../backend/stackReference.ts";
import { type ResourceState, renameUrns } from "../../deploy/state.ts";
import { STACK_TYPE } from "../../deploy/urn.ts";
import { EngineError, EXIT } from "../../engineError.ts";
import type { CommandCall } from "../command.ts";
import { holdStack } from "../heldStack.ts";
import { type Backend, StackSession } from "../session.ts";

/** `stack rename NEW`: URNs, the root resource, history, tags, config file and the selection follow. */
export async function run(call: CommandCall): Promise<number> {
  const { context, args } = call;
  if (!args[0]) throw new EngineError("missing new stack name", EXIT.configuration);
  const { backend, stack: from } = await StackSession.open(call);
  const to = parseStackReference(args[0], backend.project?.name ?? from.project);
  if (await checkpointExists(backend.bucket, to)) throw new EngineError(`stack '${fullName(to)}' already exists`);
  await holdStack(call, async (session) => {
    await writeRenamed(session, to);
    for (const key of [checkpointKey, checkpointBackupKey, journalKey, tagsKey, historyFolder])
      await backend.bucket.remove(key(from));
    moveConfig(session, to);
  });
  if (backend.project && selectedStack(context.env, backend.project, backend.url) === fullName(from)) {
    selectStack(context.env, backend.project, backend.url, fullName(to));
  }
  context.out(`Renamed ${from.name} to ${to.name}\n`);
  return EXIT.ok;
}

/** Writes all of it under the new name; what stands under the old one is only removed when that is done. */
async function writeRenamed({ backend, stack: from, deployment }: StackSession, to: StackReference): Promise<void> {
  const resources = deployment?.resources?.map((state) => renameState(state, from, to));
  const pending = deployment?.pending_operations?.map(({ resource, type }) => ({
    resource: renameState(resource, from, to),
    type,
  }));
  const renamed = deployment && {
    ...deployment,
    ...(resources ? { resources } : {}),
    ...(pending ? { pending_operations: pending } : {}),
  };
  try {
    await copyHistory(backend, from, to);
    await writeStack(backend.bucket, to, renamed);
  } catch (error) {
    for (const key of [checkpointKey, historyFolder]) await backend.bucket.remove(key(to));
    throw error;
  }
}

function renameState(state: ResourceState, from: StackReference, to: StackReference): ResourceState {
  const before = `urn:pulumi:${from.name}::${from.project}::`;
  const after = `urn:pulumi:${to.name}::${to.project}::`;
  const rootBefore = `${before}${STACK_TYPE}::${from.project}-${from.name}`;
  return renameUrns(state, (urn) => {
    if (urn === rootBefore) return `${after}${STACK_TYPE}::${to.project}-${to.name}`;
    return urn.startsWith(before) ? after + urn.slice(before.length) : urn;
  });
}

async function copyHistory({ bucket }: Backend, from: StackReference, to: StackReference): Promise<void> {
  for (const name of await bucket.list(historyFolder(from))) {
    const text = await bucket.read(`${historyFolder(from)}/${name}`);
    if (text === undefined) continue;
    await bucket.write(`${historyFolder(to)}/${to.name}${name.slice(from.name.length)}`, text);
  }
  const tags = await bucket.read(tagsKey(from));
  if (tags !== undefined) await bucket.write(tagsKey(to), tags);
}

/** The whole file moves, with what this engine does not know of it. */
function moveConfig({ backend: { project }, config, context }: StackSession, to: StackReference): void {
  if (!project || !existsSync(config.path)) return;
  renameSync(config.path, stackConfigPath(project, to.name, context.cwd));
}
