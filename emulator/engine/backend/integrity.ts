import { createHash } from "node:crypto";
import type { ResourceState } from "../deploy/state.ts";
import { isProviderType } from "../deploy/urn.ts";
import type { Deployment } from "./deploymentFile.ts";

/** What a resource may refer to, and how the two ways of being wrong read. */
interface Reference {
  readonly urn: string;
  readonly late: string;
  readonly missing: string;
}

/**
 * Checks a state as the real engine does before it uses it: every reference is to a resource that stands before, and no
 * URN stands twice unless the others wait to be deleted.
 *
 * @returns what is wrong, in the real CLI's words; `undefined` when all is well
 * @see pkg/resource/deploy/snapshot.go, VerifyIntegrity
 */
export function findIntegrityProblem({ manifest, resources = [] }: Deployment): string | undefined {
  if (manifest.version && manifest.magic !== createHash("sha256").update(manifest.version).digest("hex"))
    return "magic cookie mismatch; possible tampering/corruption detected";
  const all = new Set(resources.map(({ urn }) => urn));
  const seen = new Set<string>();
  const providers = new Set<string>();
  for (const state of resources) {
    if (isProviderType(state.type)) providers.add(`${state.urn}::${state.id ?? ""}`);
    const problem = ownProblem(state) ?? providerProblem(state, providers) ?? referenceProblem(state, seen, all);
    if (problem) return problem;
    seen.add(state.urn);
  }
  return duplicateProblem(resources);
}

function ownProblem({ urn, custom, id }: ResourceState): string | undefined {
  return !custom && id ? `resource '${urn}' has 'custom' false but non-empty ID` : undefined;
}

/** A provider of something that waits for its replacement may be gone already. */
function providerProblem(state: ResourceState, providers: ReadonlySet<string>): string | undefined {
  if (!state.provider || state.pendingReplacement || providers.has(state.provider)) return undefined;
  if (!/^urn:.*::[^:]+$/.test(state.provider))
    return `failed to parse provider reference for resource ${state.urn}: expected '::' in provider reference '${state.provider}'`;
  return `resource ${state.urn} refers to unknown provider ${state.provider}`;
}

function referenceProblem(
  state: ResourceState,
  seen: ReadonlySet<string>,
  all: ReadonlySet<string>,
): string | undefined {
  const wrong = references(state).find(({ urn }) => !seen.has(urn));
  return wrong && (all.has(wrong.urn) && wrong.urn !== state.urn ? wrong.late : wrong.missing);
}

function references(state: ResourceState): readonly Reference[] {
  const { urn, parent, deletedWith } = state;
  const dependency = (kind: string) => (other: string) => ({
    urn: other,
    late: `resource ${urn}'s ${kind} ${other} comes after it`,
    missing: `resource ${urn} refers to missing ${kind} ${other}`,
  });
  return [
    ...(parent
      ? [
          {
            urn: parent,
            late: `child resource ${urn}'s parent ${parent} comes after it`,
            missing: `child resource ${urn} refers to missing parent ${parent}`,
          },
        ]
      : []),
    ...(state.dependencies ?? []).map(dependency("dependency")),
    ...Object.values(state.propertyDependencies ?? {})
      .flat()
      .map(dependency("property dependency")),
    ...(deletedWith
      ? [
          {
            urn: deletedWith,
            late: `resource ${urn} is specified as being deleted with ${deletedWith}, which comes after it`,
            missing: `resource ${urn} is specified as being deleted with ${deletedWith}, which is missing`,
          },
        ]
      : []),
  ];
}

function duplicateProblem(resources: readonly ResourceState[]): string | undefined {
  const living = new Set<string>();
  for (const { urn, delete: doomed } of resources) {
    if (doomed) continue;
    if (living.has(urn)) return `duplicate resource ${urn} (not marked for deletion)`;
    living.add(urn);
  }
  return undefined;
}
