import * as pulumi from "@pulumi/pulumi";

/** What an output tells beside its typings. Source: sdk/nodejs/output.ts, `OutputImpl`. */
interface Insight {
  readonly isKnown: Promise<boolean>;
  promise(): Promise<unknown>;
}

type Container = Readonly<Record<string, unknown>> | readonly unknown[];

/**
 * Keeps visible what is known of an argument while something in it is not.
 *
 * Constructors of azure-native fill defaults into an object by an `apply`. While one value in it is unknown, as ids and addresses are in
 * the preview of a first deployment, the engine gets all of it as one unknown: neither prices nor rules see sizes, replicas, ingress. So
 * the constructor gets the object with an empty one for each unknown, and once it has filled the defaults in, the outputs come back to
 * their places, each with its own dependencies and its own mark of a secret, which the SDK would give to the whole object.
 * Arguments without outputs inside, and those that are an output as a whole, go as they are.
 *
 * @returns what the constructor gets, and the option that brings the outputs back
 */
export function knownInputs<Args extends object>(
  args: Args,
): { readonly args: Args; readonly transformation: pulumi.ResourceTransformation } {
  const originals = Object.entries(args).filter(([, value]) => isContainer(value) && holdsOutput(value));
  const lent = Object.fromEntries(originals.map(([key, value]) => [key, output(withStandIns(value))]));
  let own: pulumi.Resource | undefined;
  return {
    args: { ...args, ...lent },
    transformation: ({ resource, props, opts }) => {
      own ??= resource;
      if (resource !== own) return undefined; // children of the resource inherit it
      const restored = originals.map(([key, value]) => [
        key,
        props[key] === lent[key]
          ? value
          : output(props[key])
              .promise()
              .then((filled) => withOutputs(value, filled)),
      ]);
      return { props: { ...props, ...Object.fromEntries(restored) }, opts };
    },
  };
}

/** A copy without unknowns. What the SDK's defaults go into are objects, never lists. */
function withStandIns(value: unknown): unknown {
  if (isOutput(value)) return output(value).isKnown.then((known) => (known ? value : {}));
  return isContainer(value) ? mapValues(value, withStandIns) : value;
}

/** What the SDK made of a value, with the outputs of the value: an unknown one stays unknown, a known one gets the defaults inside it. */
function withOutputs(value: unknown, filled: unknown): unknown {
  if (isOutput(value)) return output(value).apply(() => filled);
  return isContainer(value)
    ? mapValues(filled as Container, (each, key) => withOutputs((value as Record<string, unknown>)[key], each))
    : filled;
}

function mapValues(container: Container, map: (value: unknown, key: string) => unknown): Container {
  if (Array.isArray(container)) return container.map((value, index) => map(value, String(index)));
  return Object.fromEntries(Object.entries(container).map(([key, value]) => [key, map(value, key)]));
}

function holdsOutput(value: unknown): boolean {
  return isOutput(value) || (isContainer(value) && Object.values(value).some(holdsOutput));
}

function isOutput(value: unknown): boolean {
  return pulumi.Output.isInstance(value) || value instanceof Promise;
}

/** Lists and literals; a resource or an asset is a value of its own. */
function isContainer(value: unknown): value is Container {
  return Array.isArray(value) || (typeof value === "object" && value !== null && isLiteral(value));
}

function isLiteral(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function output(value: unknown): pulumi.Output<unknown> & Insight {
  return pulumi.output(value) as pulumi.Output<unknown> & Insight;
}
