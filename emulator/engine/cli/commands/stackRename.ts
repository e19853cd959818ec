import { checkpointExists, readStack, writeStack } from "../../backend/checkpoint.ts";
import { selectedStack, selectStack } from "../../backend/home.ts";
import { checkpointBackupKey, checkpointKey, historyFolder, tagsKey } from "../../backend/layout.ts";
import { lockStack } from "../../backend/locks.ts";
import { StackConfigFile, stackConfigPath } from "../../backend/stackConfig.ts";
import { fullName, parseStackReference, type StackReference } from "../../backend/stackReference.ts";
import { type ResourceState, renameUrns } from "../../deploy/state.ts";
import { STACK_TYPE } from "../../deploy/urn.ts";
import { EngineError, EXIT } from "../../engineError.ts";
import type { CommandCall } from "../command.ts";
import { type Backend, StackSession } from "../session.ts";

/** `stack rename NEW`: URNs, the root resource, history, tags, config file and the selection follow. */
export async function run(call: CommandCall): Promise<number> {
  const { context, args } = call;
  if (!args[0]) throw new EngineError("missing new stack name", EXIT.configuration);
  const session = await StackSession.open(call);
  const { backend, stack: from } = session;
  const to = parseStackReference(args[0], backend.project?.name ?? from.project);
  if (await checkpointExists(backend.bucket, to)) throw new EngineError(`stack '${fullName(to)}' already exists`);
  const release = await lockStack(backend.bucket, from);
  try {
    const deployment = (await readStack(backend.bucket, from))?.deployment;
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
    await writeStack(backend.bucket, to, renamed);
    await moveHistory(backend, from, to);
    for (const key of [checkpointKey, checkpointBackupKey, tagsKey]) await backend.bucket.remove(key(from));
    moveConfig(session, to);
  } finally {
    await release();
  }
  if (backend.project && selectedStack(context.env, backend.project, backend.url) === fullName(from)) {
    selectStack(context.env, backend.project, backend.url, fullName(to));
  }
  context.out(`Renamed ${from.name} to ${to.name}\n`);
  return EXIT.ok;
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

async function moveHistory({ bucket }: Backend, from: StackReference, to: StackReference): Promise<void> {
  for (const name of await bucket.list(historyFolder(from))) {
    const text = await bucket.read(`${historyFolder(from)}/${name}`);
    if (text === undefined) continue;
    await bucket.write(`${historyFolder(to)}/${to.name}${name.slice(from.name.length)}`, text);
  }
  await bucket.remove(historyFolder(from));
}

function moveConfig(session: StackSession, to: StackReference): void {
  const project = session.backend.project;
  if (!project) return;
  const target = new StackConfigFile(stackConfigPath(project, to.name, session.context.cwd));
  for (const [key, value] of Object.entries(session.config.entries())) target.set(key, value);
  target.salt = session.config.salt;
  target.save();
  session.config.erase();
}
