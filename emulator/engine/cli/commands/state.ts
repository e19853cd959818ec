import { writeStack } from "../../backend/checkpoint.ts";
import { lockStack } from "../../backend/locks.ts";
import { dependenciesOf, type ResourceState, renameUrns } from "../../deploy/state.ts";
import { parseUrn } from "../../deploy/urn.ts";
import { EngineError, EXIT } from "../../engineError.ts";
import type { CommandCall } from "../command.ts";
import { StackSession } from "../session.ts";

/** `state delete URN`: forgets a resource; nothing is deleted anywhere else. */
export async function remove(call: CommandCall): Promise<number> {
  const urn = requiredUrn(call);
  const { flags } = call;
  await edit(call, (resources) => {
    const found = resources.filter((state) => state.urn === urn);
    if (found.length === 0) throw noSuchResource(urn);
    if (found.some((state) => state.protect) && !flags.on("force")) {
      throw new EngineError(
        `resource ${urn} is protected; use --force to delete it from the state, or \`pulumi state unprotect\``,
      );
    }
    const doomed = new Set([urn]);
    const dependents = resources.filter((state) => state.urn !== urn && dependenciesOf(state).includes(urn));
    if (dependents.length > 0 && !flags.on("target-dependents")) {
      const list = dependents.map((state) => `\n * ${state.urn}`).join("");
      throw new EngineError(`resource '${urn}' cannot be deleted: others depend on it:${list}`);
    }
    for (const state of resources) if (dependenciesOf(state).some((other) => doomed.has(other))) doomed.add(state.urn);
    return resources.filter((state) => !doomed.has(state.urn));
  });
  call.context.out("Resource deleted\n");
  return EXIT.ok;
}

/** `state unprotect [URN]`, or `--all`. */
export async function unprotect(call: CommandCall): Promise<number> {
  const urn = call.flags.on("all") ? undefined : requiredUrn(call);
  let count = 0;
  await edit(call, (resources) =>
    resources.map((state) => {
      if (urn !== undefined && state.urn !== urn) return state;
      count++;
      const { protect: _, ...rest } = state;
      return rest;
    }),
  );
  if (count === 0 && urn !== undefined) throw noSuchResource(urn);
  call.context.out(
    urn === undefined ? "All resources successfully unprotected\n" : "Resource successfully unprotected\n",
  );
  return EXIT.ok;
}

/** `state rename URN NEWNAME`. */
export async function rename(call: CommandCall): Promise<number> {
  const urn = requiredUrn(call);
  const name = call.args[1];
  if (!name) throw new EngineError("missing new resource name", EXIT.configuration);
  const renamed = urn.slice(0, urn.length - parseUrn(urn).name.length) + name;
  await edit(call, (resources) => {
    if (!resources.some((state) => state.urn === urn)) throw noSuchResource(urn);
    if (resources.some((state) => state.urn === renamed))
      throw new EngineError(`a resource with the URN ${renamed} is there already`);
    return resources.map((state) => renameUrns(state, (other) => (other === urn ? renamed : other)));
  });
  call.context.out("Resource renamed\n");
  return EXIT.ok;
}

function requiredUrn({ args }: CommandCall): string {
  if (!args[0]) throw new EngineError("missing resource URN", EXIT.configuration);
  return args[0];
}

function noSuchResource(urn: string): EngineError {
  return new EngineError(`No such resource "${urn}" exists in the current state`);
}

async function edit(
  call: CommandCall,
  change: (resources: readonly ResourceState[]) => readonly ResourceState[],
): Promise<void> {
  const session = await StackSession.open(call);
  const release = await lockStack(session.backend.bucket, session.stack);
  try {
    const { deployment } = await StackSession.open(call);
    if (!deployment) throw new EngineError("the stack has no resources");
    await writeStack(session.backend.bucket, session.stack, {
      ...deployment,
      resources: change(deployment.resources ?? []),
    });
  } finally {
    await release();
  }
}
