import type { Goal } from "../deploy/goal.ts";
import type { ResourceState } from "../deploy/state.ts";
import type { PropertyMap } from "../deploy/values.ts";

/** A resource between its check and its diff. */
export interface GateSubject {
  /** Its inputs are the checked ones. Kept: at the end, stack policies see what the operation has made of it. */
  readonly state: ResourceState;
  readonly goal: Pick<Goal, "deleteBeforeReplace">;
  /** Former URNs; asked for only when somebody looks. */
  readonly aliases: () => readonly string[];
}

/** What policies have to say while a program is deployed. */
export interface PolicyGate {
  /** True once a mandatory policy was violated or a pack has failed: the operation fails. */
  readonly refused: boolean;
  /** Name to version, as the summary tells it. */
  readonly packs: Readonly<Record<string, string>>;
  /**
   * Lets policies change and judge a resource.
   *
   * @returns the inputs to go on with
   * @throws ResourceProblem when it must not be made: with an empty message when the violations are told already
   */
  check(subject: GateSubject): Promise<PropertyMap>;
  /** Notes a resource that no policy judges by itself, for the stack policies. */
  keep(subject: GateSubject): void;
  /** Lets stack policies judge all of it, when everything has gone well. */
  finish(): Promise<void>;
  /** Ends what runs. */
  cancel(): void;
  close(): Promise<void>;
}

/** The gate without policy packs. */
export const OPEN_GATE: PolicyGate = {
  refused: false,
  packs: {},
  check: async ({ state }) => state.inputs ?? {},
  keep: () => undefined,
  finish: async () => undefined,
  cancel: () => undefined,
  close: async () => undefined,
};
