/** Names of resources: `urn:pulumi:STACK::PROJECT::[parentTypes$]TYPE::NAME` (sdk/go/common/resource/urn). */
export interface UrnParts {
  readonly stack: string;
  readonly project: string;
  /** Types of the parents and the own one, joined by `$`. */
  readonly qualifiedType: string;
  readonly type: string;
  readonly name: string;
}

export const STACK_TYPE = "pulumi:pulumi:Stack";
const PREFIX = "urn:pulumi:";
const PROVIDER_PREFIX = "pulumi:providers:";

/** Builds a URN; a parent of the stack's type leaves no trace in it. */
export function makeUrn(
  stack: string,
  project: string,
  parentQualifiedType: string,
  type: string,
  name: string,
): string {
  const prefix = parentQualifiedType === "" || parentQualifiedType === STACK_TYPE ? "" : `${parentQualifiedType}$`;
  return `${PREFIX}${stack}::${project}::${prefix}${type}::${name}`;
}

/** Splits a URN. Names may contain `::`. Anything malformed gives empty parts. */
export function parseUrn(urn: string): UrnParts {
  const [stack = "", project = "", qualifiedType = "", ...name] = urn.slice(PREFIX.length).split("::");
  return {
    stack,
    project,
    qualifiedType,
    type: qualifiedType.slice(qualifiedType.lastIndexOf("$") + 1),
    name: name.join("::"),
  };
}

/** The qualified type of a parent as children carry it: empty for none and for the stack. */
export function parentType(parentUrn: string): string {
  return parentUrn === "" ? "" : parseUrn(parentUrn).qualifiedType;
}

/** True for `pulumi:providers:PKG`. */
export function isProviderType(type: string): boolean {
  return type.startsWith(PROVIDER_PREFIX);
}

/** The type token of a package's provider resource. */
export function providerType(packageName: string): string {
  return PROVIDER_PREFIX + packageName;
}

/** `azure-native` of `azure-native:storage:Account` and of `pulumi:providers:azure-native`. */
export function packageOf(type: string): string {
  return isProviderType(type) ? type.slice(PROVIDER_PREFIX.length) : (type.split(":", 1)[0] ?? "");
}

/** A provider reference `URN::ID` in its two parts. */
export function splitReference(reference: string): { readonly urn: string; readonly id: string } {
  const at = reference.lastIndexOf("::");
  return { urn: reference.slice(0, at), id: reference.slice(at + 2) };
}

/** True for the engine's own default providers, which displays and counts hide. */
export function isDefaultProvider(urn: string): boolean {
  const { type, name } = parseUrn(urn);
  return isProviderType(type) && (name === "default" || name.startsWith("default_"));
}
