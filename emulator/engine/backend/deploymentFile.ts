import { createHash } from "node:crypto";
import type { PendingOperation, ResourceState } from "../deploy/state.ts";
import { EngineError } from "../engineError.ts";
import { VERSION } from "../version.ts";

/** How a stack's secrets are sealed. */
export interface SecretsProvider {
  readonly type: string;
  readonly state?: { readonly salt?: string };
}

/** Who wrote a deployment, and when. `magic` is the SHA-256 of `version`. */
export interface Manifest {
  readonly time: string;
  readonly magic: string;
  readonly version: string;
}

/** A stack's state (apitype.DeploymentV3); secrets are sealed, except in exports that show them. */
export interface Deployment {
  readonly manifest: Manifest;
  readonly secrets_providers?: SecretsProvider;
  readonly resources?: readonly ResourceState[];
  readonly pending_operations?: readonly PendingOperation[];
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** What says how to read the rest: in checkpoints and in exports. */
export interface Versioned {
  readonly version: number;
  readonly features?: readonly string[];
}

const CURRENT_VERSION = 3;
/** The version of files whose resources use a feature; its readers must know every feature that it names. */
const FEATURES_VERSION = 4;

/** Which field of a resource makes a file need which feature (pkg/resource/stack/deployment.go, ApplyFeatures). */
const FEATURES: Readonly<Record<string, (state: ResourceState) => boolean>> = {
  hooks: (state) => Object.keys(state.resourceHooks ?? {}).length > 0,
  refreshBeforeUpdate: (state) => state.refreshBeforeUpdate === true,
  taint: (state) => state.taint === true,
  views: (state) => (state.viewOf ?? "") !== "",
};
/** Fields of this engine's that files of others name as features; nothing is lost by knowing them. */
const READABLE: ReadonlySet<string> = new Set([...Object.keys(FEATURES), "replaceWith"]);

/** The version of a file with these resources, and the features that they use. */
export function versionOf(deployment: Deployment): Versioned {
  const states = deployment.resources ?? [];
  const features = Object.keys(FEATURES).filter((name) => states.some((state) => FEATURES[name]?.(state)));
  return features.length > 0 ? { version: FEATURES_VERSION, features } : { version: CURRENT_VERSION };
}

/** Why a file cannot be read; `undefined` when it can. */
export type Unreadable =
  | { readonly kind: "tooNew"; readonly version: number }
  | { readonly kind: "tooOld"; readonly version: number }
  | { readonly kind: "features"; readonly features: readonly string[] };

/** Checks the version and the features of a file. */
export function readability({ version, features = [] }: Versioned): Unreadable | undefined {
  if (version > FEATURES_VERSION) return { kind: "tooNew", version };
  if (version < CURRENT_VERSION) return { kind: "tooOld", version };
  const unknown = version === FEATURES_VERSION ? features.filter((name) => !READABLE.has(name)) : [];
  return unknown.length > 0 ? { kind: "features", features: unknown } : undefined;
}

/**
 * Makes what was parsed fit for the engine: the real CLI writes `null` for empty lists of property dependencies.
 *
 * @throws EngineError when a resource lacks what every resource has
 */
export function soundDeployment(deployment: Deployment, where: string): Deployment {
  if (typeof deployment !== "object" || deployment === null || typeof deployment.manifest !== "object")
    throw new EngineError(`${where} holds no deployment: its manifest is missing`);
  const { resources, pending_operations: pending } = deployment;
  return {
    ...deployment,
    ...(resources ? { resources: resources.map((state, index) => soundState(state, index, where)) } : {}),
    ...(pending
      ? {
          pending_operations: pending.map((entry, index) => ({
            ...entry,
            resource: soundState(entry.resource, index, where),
          })),
        }
      : {}),
  };
}

function soundState(state: ResourceState, index: number, where: string): ResourceState {
  if (!state?.urn) throw new EngineError(`${where}: resource ${index} is missing required 'urn' field`);
  if (!state.type) throw new EngineError(`${where}: resource '${state.urn}' is missing required 'type' field`);
  const lists: Readonly<Record<string, readonly string[] | null>> | undefined = state.propertyDependencies;
  if (!lists || !Object.values(lists).includes(null)) return state;
  const entries = Object.entries(lists).map(([key, urns]) => [key, urns ?? []]);
  return { ...state, propertyDependencies: Object.fromEntries(entries) };
}

/** True when the state holds resources that this engine would take for something else: operations must refuse it. */
export function hasViews(deployment: Deployment | undefined): boolean {
  return (deployment?.resources ?? []).some((state) => FEATURES.views?.(state));
}

/** Says that this engine wrote a deployment. */
export function makeManifest(time: Date): Manifest {
  return { time: time.toISOString(), magic: createHash("sha256").update(VERSION).digest("hex"), version: VERSION };
}
