import type { PropertyMap } from "../deploy/values.ts";

/** What a violation does; the index is the number on the wire (proto/pulumi/analyzer.proto). */
export const ENFORCEMENT_LEVELS = ["advisory", "mandatory", "disabled", "remediate"] as const;
export type EnforcementLevel = (typeof ENFORCEMENT_LEVELS)[number];

/** How bad a violation is; the index is the number on the wire, 0 for one that does not say. */
export const SEVERITIES = [undefined, "low", "medium", "high", "critical"] as const;
export type PolicySeverity = Exclude<(typeof SEVERITIES)[number], undefined>;

/** What a policy looks at; the index is the number on the wire. */
export const POLICY_KINDS = ["unknown", "resource", "stack"] as const;
export type PolicyKind = (typeof POLICY_KINDS)[number];

/** How one policy is to behave. */
export interface PolicyConfig {
  readonly enforcementLevel: EnforcementLevel;
  readonly properties: PropertyMap;
}

/** What a policy says about itself. */
export interface PolicyInfo {
  readonly name: string;
  readonly kind: PolicyKind;
  readonly enforcementLevel: EnforcementLevel;
  /** JSON schema of each config property, and which must be given. */
  readonly properties: PropertyMap;
  readonly required: readonly string[];
}

/** What a policy pack says about itself. */
export interface PackInfo {
  readonly name: string;
  readonly version: string;
  readonly supportsConfig: boolean;
  readonly policies: readonly PolicyInfo[];
  /** Config that the pack's author wrote into it. */
  readonly initialConfig: Readonly<Record<string, PolicyConfig>>;
}

/** The stack that policies are asked about. */
export interface AnalyzedStack {
  readonly organization: string;
  readonly project: string;
  readonly stack: string;
  readonly preview: boolean;
  /** Config values, decrypted, by full key. */
  readonly config: ReadonlyMap<string, string>;
  readonly secretKeys: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

/** A resource as policies see it: inputs before a step, outputs at the end. */
export interface AnalyzedResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly properties: PropertyMap;
  readonly parent: string;
  readonly protect: boolean;
  readonly ignoreChanges: readonly string[];
  readonly deleteBeforeReplace: boolean | undefined;
  readonly additionalSecretOutputs: readonly string[];
  readonly aliases: readonly string[];
  /** Seconds. */
  readonly timeouts: { readonly create?: number; readonly update?: number; readonly delete?: number };
  readonly dependencies: readonly string[];
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  readonly provider: AnalyzedProvider | undefined;
}

export interface AnalyzedProvider {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly properties: PropertyMap;
}

export interface Violation {
  readonly policy: string;
  readonly message: string;
  readonly enforcementLevel: EnforcementLevel;
  /** Only stack policies name one; empty for none. */
  readonly urn: string;
  readonly severity: PolicySeverity | undefined;
}

/** The verdict of a pack. `notApplicable` names policies that did not look at it. */
export interface Judgement {
  readonly violations: readonly Violation[];
  readonly notApplicable: readonly string[];
}

export interface Remediation {
  readonly policy: string;
  /** The inputs to use instead; `undefined` when the policy changed nothing. */
  readonly properties: PropertyMap | undefined;
  /** Why the policy could not run, empty when it could. */
  readonly diagnostic: string;
}

export interface Remediations {
  readonly remediations: readonly Remediation[];
  readonly notApplicable: readonly string[];
}
