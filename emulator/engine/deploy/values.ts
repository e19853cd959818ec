/**
 * Property values in wire form: plain JSON in which an object with the signature key stands for a secret, a resource
 * reference, an asset or an archive, and one fixed string stands for an unknown value (sdk/go/common/resource).
 */
export type Value = null | boolean | number | string | readonly Value[] | PropertyMap;

/** A bag of named values: the inputs or outputs of a resource. */
export interface PropertyMap {
  readonly [key: string]: Value;
}

export const SIGNATURE = "4dabf18193072939515e22adb298388d";
export const SECRET = "1b47061264138c4ac30d75fd1eb44270";
export const RESOURCE_REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e";
export const OUTPUT_VALUE = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
export const ASSET = "c44067f5952c0a294b673a41bacd8c17";
export const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The untyped unknown first, then boolean, number, array, asset, archive and object (sdk/go/common/resource/plugin/rpc.go). */
const UNKNOWNS: ReadonlySet<Value> = new Set([
  UNKNOWN,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** True for objects, so not for arrays, null and plain values. */
export function isObject(value: Value | undefined): value is PropertyMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The signature of a special object, `undefined` for all other values. */
export function signatureOf(value: Value | undefined): string | undefined {
  if (!isObject(value)) return undefined;
  const signature = value[SIGNATURE];
  return typeof signature === "string" ? signature : undefined;
}

/** True for a value in a secret envelope. */
export function isSecret(value: Value | undefined): value is PropertyMap {
  return signatureOf(value) === SECRET;
}

/** Wraps a value as a secret, once: what is one already stays as it is, and secrets inside lose their own wrapper. */
export function makeSecret(value: Value): PropertyMap {
  return isSecret(value) ? value : { [SIGNATURE]: SECRET, value: stripSecrets(value) };
}

/** The value without its outermost secret envelope. */
export function unwrap(value: Value): Value {
  return isSecret(value) ? (value.value ?? null) : value;
}

/** True when the value itself is unknown (a secret unknown too). */
export function isUnknown(value: Value | undefined): boolean {
  if (value === undefined) return false;
  return UNKNOWNS.has(isSecret(value) ? unwrap(value) : value);
}

/** Rebuilds a value bottom-up; `replace` answers `undefined` to descend, else the value to put there. */
export function mapValue(value: Value, replace: (value: Value) => Value | undefined): Value {
  const replaced = replace(value);
  if (replaced !== undefined) return replaced;
  if (Array.isArray(value)) return value.map((item: Value) => mapValue(item, replace));
  return isObject(value) ? mapProperties(value, replace) : value;
}

/** `mapValue` over each entry of a bag. */
export function mapProperties(properties: PropertyMap, replace: (value: Value) => Value | undefined): PropertyMap {
  return mapEntries(properties, (value) => mapValue(value, replace));
}

/** Not by assignment: that would take a key `__proto__` for the object's prototype. */
function mapEntries(properties: PropertyMap, map: (value: Value, key: string) => Value): PropertyMap {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, map(value ?? null, key)]));
}

/** True when some value inside fits; the value itself counts. */
export function someValue(value: Value | undefined, test: (value: Value) => boolean): boolean {
  if (value === undefined) return false;
  if (test(value)) return true;
  if (Array.isArray(value)) return value.some((item: Value) => someValue(item, test));
  if (!isObject(value)) return false;
  for (const key in value) if (someValue(value[key], test)) return true;
  return false;
}

/** True when an unknown stands anywhere inside. */
export function containsUnknown(value: Value | undefined): boolean {
  return someValue(value, (inner) => UNKNOWNS.has(inner));
}

/** True when a secret stands anywhere inside. */
export function containsSecret(value: Value | undefined): boolean {
  return someValue(value, isSecret);
}

/** The same value with every secret envelope opened. */
export function stripSecrets(value: Value): Value {
  return mapValue(value, (inner) => (isSecret(inner) ? stripSecrets(unwrap(inner)) : undefined));
}

/** The same bag with every secret envelope opened. */
export function stripSecretProperties(properties: PropertyMap): PropertyMap {
  return mapProperties(properties, (inner) => (isSecret(inner) ? stripSecrets(unwrap(inner)) : undefined));
}

/** The same value for a reader without rights: each secret is the text `[secret]`. */
export function maskSecrets(value: Value): Value {
  return mapValue(value, (inner) => (isSecret(inner) ? "[secret]" : undefined));
}

/**
 * Turns output values into what the rest of the engine knows: an unknown or the plain value, in a secret envelope when
 * it is marked so. Their dependencies travel in `propertyDependencies` as well, so nothing is lost.
 */
export function dissolveOutputValues(value: Value): Value {
  return mapValue(value, (inner) => {
    if (signatureOf(inner) !== OUTPUT_VALUE || !isObject(inner)) return undefined;
    const content = inner.value === undefined ? UNKNOWN : dissolveOutputValues(inner.value);
    return inner.secret === true ? makeSecret(content) : content;
  });
}

/** Replaces resource references by the id (custom resources) or the URN (components), for callers that know no references. */
export function dissolveReferences(value: Value): Value {
  return mapValue(value, (inner) => {
    if (signatureOf(inner) !== RESOURCE_REFERENCE || !isObject(inner)) return undefined;
    return inner.id === undefined ? (inner.urn ?? null) : inner.id === "" ? UNKNOWN : inner.id;
  });
}

/** Structural equality; secret envelopes do not count. Assets compare by hash when both have one. */
export function equalValues(left: Value | undefined, right: Value | undefined): boolean {
  if (left === right) return true;
  if (left === undefined || right === undefined) return false;
  if (isSecret(left) || isSecret(right)) return equalValues(unwrap(left), unwrap(right));
  if (Array.isArray(left)) {
    return (
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item: Value, index) => equalValues(item, right[index]))
    );
  }
  if (!isObject(left) || !isObject(right)) return false;
  if (isFile(left) && isFile(right) && left.hash !== undefined) return left.hash === right.hash;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && equalValues(left[key], right[key]))
  );
}

function isFile(value: PropertyMap): boolean {
  return value[SIGNATURE] === ASSET || value[SIGNATURE] === ARCHIVE;
}

/** Marks outputs as secret where the input of the same name is secret (for providers that cannot carry secrets themselves). */
export function annotateSecrets(outputs: PropertyMap, inputs: PropertyMap): PropertyMap {
  return mapEntries(outputs, (output, key) => {
    const input = Object.hasOwn(inputs, key) ? inputs[key] : undefined;
    return input === undefined ? output : annotate(output, input);
  });
}

function annotate(output: Value, input: Value): Value {
  if (isSecret(output)) return output;
  if (isSecret(input)) return makeSecret(output);
  if (Array.isArray(output) && Array.isArray(input)) {
    return output.map((item: Value, index) => {
      const partner: Value | undefined = input[index];
      return partner === undefined ? item : annotate(item, partner);
    });
  }
  if (isObject(output) && isObject(input)) return annotateSecrets(output, input);
  return output;
}
