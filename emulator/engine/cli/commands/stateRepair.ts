import type { Deployment } from "../../backend/deploymentFile.ts";
import { findIntegrityProblem } from "../../backend/integrity.ts";
import { inDependencyOrder } from "../../deploy/order.ts";
import type { ResourceState } from "../../deploy/state.ts";
import { makeUrn, parentType, parseUrn, splitReference } from "../../deploy/urn.ts";
import { EngineError, EXIT } from "../../engineError.ts";
import { approve } from "../approve.ts";
import type { CommandCall } from "../command.ts";
import { writeResources } from "../editState.ts";
import { holdStack } from "../heldStack.ts";

/**
 * `state repair`: sorts resources that stand in the wrong order and drops references to what is not there. A state that
 * is valid, or that stays invalid, is left as it is.
 *
 * @see pkg/cmd/pulumi/state/state_repair.go
 */
export function run(call: CommandCall): Promise<number> {
  return holdStack(call, async (session) => {
    const { deployment } = session.stored; // unchecked: to be repaired it must be read first
    const problem = deployment && findIntegrityProblem(deployment);
    if (!deployment || !problem) {
      call.context.out("The snapshot is already valid; skipping repair\n");
      return EXIT.ok;
    }
    const { resources, changes } = repair(deployment.resources ?? []);
    const left = findIntegrityProblem(withoutManifestProblem(deployment, resources));
    if (left) throw notRepaired(problem, left);
    call.context.out(changes.map((change) => `  ${change}\n`).join(""));
    if (call.context.ask) await approve(call, "This command will edit your stack's state directly. Confirm? (yes/no) ");
    await writeResources(session, deployment, resources);
    call.context.out("State repaired successfully\n");
    return EXIT.ok;
  });
}

/** Writing gives the manifest a new, right sum; only the resources can be what is wrong. */
function withoutManifestProblem(deployment: Deployment, resources: readonly ResourceState[]): Deployment {
  return { ...deployment, manifest: { ...deployment.manifest, version: "" }, resources };
}

interface Repaired {
  readonly resources: readonly ResourceState[];
  /** What was done, for the user. */
  readonly changes: readonly string[];
}

/** Sorts, then drops what refers to nothing. A child whose parent is missing loses it, and its URN the parent's type. */
export function repair(broken: readonly ResourceState[]): Repaired {
  const sorted = inDependencyOrder(broken);
  const changes = sorted.filter((state, index) => broken[index] !== state).map(({ urn }) => `moved ${urn}`);
  /** The URN of everything that stands before, by the one that others know it by. */
  const seen = new Map<string, string>();
  const resources = sorted.map((state) => {
    const pruned = prune(state, seen, changes);
    seen.set(state.urn, pruned.urn);
    return pruned;
  });
  return { resources, changes };
}

function prune(state: ResourceState, seen: ReadonlyMap<string, string>, changes: string[]): ResourceState {
  const { parent, deletedWith, provider, ...rest } = state;
  const known = (urn: string): readonly string[] => {
    const now = seen.get(urn);
    if (now === undefined) changes.push(`removed the reference of ${state.urn} to ${urn}`);
    return now === undefined ? [] : [now];
  };
  const [newParent] = parent ? known(parent) : [];
  const [newDeletedWith] = deletedWith ? known(deletedWith) : [];
  const result: ResourceState = { ...rest, urn: parent ? rehome(state.urn, newParent) : state.urn };
  if (newParent) result.parent = newParent;
  if (newDeletedWith) result.deletedWith = newDeletedWith;
  if (provider) result.provider = renamedProvider(provider, seen);
  if (state.dependencies) result.dependencies = state.dependencies.flatMap(known);
  if (state.propertyDependencies) {
    const entries = Object.entries(state.propertyDependencies).map(([key, urns]) => [key, urns.flatMap(known)]);
    result.propertyDependencies = Object.fromEntries(entries);
  }
  if (result.urn !== state.urn) changes.push(`renamed ${state.urn} to ${result.urn}`);
  return result;
}

function rehome(urn: string, parent: string | undefined): string {
  const { stack, project, type, name } = parseUrn(urn);
  return makeUrn(stack, project, parentType(parent ?? ""), type, name);
}

/** A missing provider cannot be dropped: every custom resource needs one. The check afterwards tells. */
function renamedProvider(reference: string, seen: ReadonlyMap<string, string>): string {
  const { urn, id } = splitReference(reference);
  return `${seen.get(urn) ?? urn}::${id}`;
}

function notRepaired(problem: string, left: string): EngineError {
  return new EngineError(
    `Failed to repair the snapshot automatically: ${left}\n\nThe state was not changed. To repair it by hand:\n` +
      "1. pulumi stack export --file state.json\n2. cp state.json state.json.backup\n3. edit state.json\n4. pulumi stack import --file state.json\n" +
      `The first problem was: ${problem}`,
  );
}
