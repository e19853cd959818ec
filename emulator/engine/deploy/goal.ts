import type { Timeouts } from "./state.ts";
import type { PropertyMap, Value } from "./values.ts";

/** Where a resource may have been before; empty parts mean "as now". */
export type AliasSpec =
  | { readonly kind: "urn"; readonly urn: string }
  | {
      readonly kind: "spec";
      readonly name: string;
      readonly type: string;
      readonly stack: string;
      readonly project: string;
      /** Empty: the present parent, unless `noParent`. */
      readonly parentUrn: string;
      readonly noParent: boolean;
    };

/** What the program wants a resource to be: a registration after transforms and inheritance. */
export interface Goal {
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  readonly parent: string;
  readonly inputs: PropertyMap;
  /** Reference `URN::ID`, empty for components and provider resources. */
  readonly provider: string;
  readonly dependencies: readonly string[];
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly deletedWith: string;
  readonly replaceWith: readonly string[];
  /** `undefined`: the provider decides. */
  readonly deleteBeforeReplace: boolean | undefined;
  readonly ignoreChanges: readonly string[];
  readonly replaceOnChanges: readonly string[];
  readonly replacementTrigger: Value | undefined;
  readonly additionalSecretOutputs: readonly string[];
  readonly aliases: readonly AliasSpec[];
  readonly importId: string;
  readonly timeouts: Timeouts;
  readonly hideDiff: readonly string[];
  readonly resourceHooks: Readonly<Record<string, readonly string[]>>;
  readonly sourcePosition: string;
}

/** What the program wants to read (`Resource.get`). */
export interface ReadGoal {
  readonly type: string;
  readonly name: string;
  readonly id: string;
  readonly parent: string;
  readonly inputs: PropertyMap;
  readonly provider: string;
  readonly dependencies: readonly string[];
  readonly additionalSecretOutputs: readonly string[];
  readonly sourcePosition: string;
}
