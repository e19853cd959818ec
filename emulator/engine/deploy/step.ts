import type { EventState, Operation, StepMetadata } from "../events/types.ts";
import type { PropertyDiff } from "../plugins/provider.ts";
import { compactState, type ResourceState } from "./state.ts";
import { maskSecrets, type PropertyMap } from "./values.ts";

/** One decided change of one resource. */
export interface Step {
  readonly op: Operation;
  readonly urn: string;
  readonly type: string;
  readonly provider: string;
  readonly old: ResourceState | undefined;
  readonly new: ResourceState | undefined;
  /** Properties that force a replacement. */
  readonly keys?: readonly string[];
  /** Properties that changed. */
  readonly diffs?: readonly string[];
  readonly detailed?: Readonly<Record<string, PropertyDiff>> | undefined;
  /** Does the work; changes `new` in place. */
  run(): Promise<void>;
}

/** Why a step is: what changed, and what of it forces a replacement. */
export type StepDetails = Pick<Step, "keys" | "diffs" | "detailed">;

/** A step of the resource that a registration is about. */
export function makeStep(
  op: Operation,
  { urn, state }: { readonly urn: string; readonly state: ResourceState },
  old: ResourceState | undefined,
  details: StepDetails,
  run: () => Promise<void>,
): Step {
  return { op, urn, type: state.type, provider: state.provider ?? "", old, new: state, ...details, run };
}

/** Steps that stand for a pair of others, or only describe: their work is done elsewhere. */
const PHYSICAL: ReadonlySet<Operation> = new Set([
  "create-replacement",
  "delete-replaced",
  "read-replacement",
  "discard-replaced",
  "import-replacement",
]);

/** The step as events carry it. */
export function stepMetadata(step: Step): StepMetadata {
  const detailed = Object.entries(step.detailed ?? {});
  const metadata: StepMetadata = {
    op: step.op,
    urn: step.urn,
    type: step.type,
    old: step.old ? eventState(step.old) : null,
    new: step.new ? eventState(step.new) : null,
    ...(step.keys?.length ? { keys: step.keys } : {}),
    ...(step.diffs?.length ? { diffs: step.diffs } : {}),
    detailedDiff:
      detailed.length > 0
        ? Object.fromEntries(detailed.map(([path, diff]) => [path, { diffKind: diff.kind, inputDiff: diff.inputDiff }]))
        : null,
    ...(PHYSICAL.has(step.op) ? {} : { logical: true }),
    provider: step.provider,
  };
  STEPS.set(metadata, step);
  return metadata;
}

/** The steps behind events, for listeners in this process that need more than an event says. */
const STEPS = new WeakMap<StepMetadata, Step>();

/** The whole states of a step as a checkpoint holds them, as they are now, secrets masked. */
export function statesOf(metadata: StepMetadata): {
  readonly old: ResourceState | undefined;
  readonly new: ResourceState | undefined;
} {
  const step = STEPS.get(metadata);
  const shown = (state: ResourceState | undefined) =>
    state && (maskSecrets(compactState(state) as unknown as PropertyMap) as unknown as ResourceState);
  return { old: shown(step?.old), new: shown(step?.new) };
}

/** The part of a state that events show, secrets masked. */
export function eventState(state: ResourceState): EventState {
  return {
    type: state.type,
    urn: state.urn,
    ...(state.custom ? { custom: true } : {}),
    ...(state.delete ? { delete: true } : {}),
    id: state.id ?? "",
    parent: state.parent ?? "",
    ...(state.protect ? { protect: true } : {}),
    ...(state.taint ? { taint: true } : {}),
    ...(state.external ? { external: true } : {}),
    ...(state.retainOnDelete ? { retainOnDelete: true } : {}),
    inputs: maskSecrets(state.inputs ?? {}) as PropertyMap,
    outputs: maskSecrets(state.outputs ?? {}) as PropertyMap,
    provider: state.provider ?? "",
    ...(state.initErrors?.length ? { initErrors: state.initErrors } : {}),
    ...(state.hideDiff?.length ? { hideDiffs: state.hideDiff } : {}),
  };
}
