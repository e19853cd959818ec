import { ResourceProblem } from "./problem.ts";
import type { ResourceState } from "./state.ts";

/** When a hook of a resource runs; the names are those of the state (sdk/go/common/resource/resource_hooks.go). */
export type HookType =
  | "BeforeCreate"
  | "AfterCreate"
  | "BeforeUpdate"
  | "AfterUpdate"
  | "BeforeDelete"
  | "AfterDelete"
  | "OnError";

/** What a hook is told: what is being made or has been made of a resource. */
export interface HookSubject {
  readonly old?: ResourceState | undefined;
  readonly new?: ResourceState | undefined;
}

/** Functions of the program around the steps of its resources. */
export interface Hooks {
  /**
   * Runs the resource's hooks of one type, one after the other.
   *
   * @throws ResourceProblem when one fails or is not registered
   */
  run(type: Exclude<HookType, "OnError">, subject: HookSubject): Promise<void>;
  /**
   * Asks the resource's error hooks whether a failed provider call is to be tried again.
   *
   * @param errors newest first
   */
  retry(operation: "create" | "update" | "delete", subject: HookSubject, errors: readonly string[]): Promise<boolean>;
}

/** How often a call may be tried in all (pkg/resource/deploy/retries.go). */
const MAX_TRIES = 100;

/**
 * Makes a provider call, again and again as long as an error hook says so.
 *
 * @throws what the last try threw, or a ResourceProblem after 100 tries
 */
export async function withRetries<T>(
  hooks: Hooks,
  operation: "create" | "update" | "delete",
  subject: HookSubject,
  call: () => Promise<T>,
): Promise<T> {
  const errors: string[] = [];
  for (;;) {
    try {
      return await call();
    } catch (error) {
      errors.unshift(error instanceof Error ? error.message : String(error));
      if (!hooksOf(subject, "OnError").length) throw error;
      if (errors.length >= MAX_TRIES)
        throw new ResourceProblem(subjectUrn(subject), "maximum number of error hook retries reached");
      if (!(await hooks.retry(operation, subject, errors))) throw error;
    }
  }
}

/** The names of a resource's hooks of one type: deletes ask the old state, all others the new one. */
export function hooksOf({ old, new: state }: HookSubject, type: HookType): readonly string[] {
  return (state ?? old)?.resourceHooks?.[type] ?? [];
}

/** The URN of the resource that hooks belong to. */
export function subjectUrn({ old, new: state }: HookSubject): string {
  return (state ?? old)?.urn ?? "";
}
