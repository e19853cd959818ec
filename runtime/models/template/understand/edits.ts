import type { AppSpec } from "@devfactory/stacks/spec/index.ts";
import type { Renames } from "../../../generators/renames.ts";

export interface Changed {
  readonly spec: AppSpec;
  readonly renames: Renames;
  readonly notUnderstood: string[];
}

export function applyFeedback(spec: AppSpec, wish: string): Changed {
  return { spec, renames: [], notUnderstood: [wish] };
}
