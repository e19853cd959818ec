import * as pulumi from "@pulumi/pulumi";
import { ComponentError } from "./errors.ts";

/** A change of one child's arguments: properties laid over them, or a function from old to new. It has the last word. */
export type Transform<Args> = Partial<Args> | ((args: Args) => Args);

/** Arguments of a resource class. */
export type ArgsOf<Class extends abstract new (name: string, args: never, ...rest: never[]) => unknown> =
  ConstructorParameters<Class>[1];

/** Lays a transform over arguments. */
export function applyTransform<Args extends object>(args: Args, transform: Transform<Args> | undefined): Args {
  if (transform === undefined) return args;
  return typeof transform === "function" ? transform(args) : { ...args, ...transform };
}

/**
 * Changes a nested argument within a transform. One that is plain stays plain, so that a preview shows what is known of it; one that is an
 * output is changed once it is known.
 *
 * @example `(args) => ({ ...args, template: mapInput(args.template, (template) => ({ ...template, revisionSuffix: "a" })) })`
 */
export function mapInput<Value>(input: pulumi.Input<Value>, change: (value: Value) => Value): pulumi.Input<Value> {
  const later = pulumi.Output.isInstance(input) || input instanceof Promise;
  return later ? pulumi.output(input).apply((value) => change(value as Value) as never) : change(input as Value);
}

/**
 * Refuses keys that name no child. A slot that ends in `*` stands for a family (`container-*`).
 *
 * @throws {ComponentError} `TRANSFORM_UNKNOWN`
 */
export function checkTransform(component: string, slots: readonly string[], transform: object | undefined): void {
  for (const slot of Object.keys(transform ?? {})) {
    const known = slots.some((each) => (each.endsWith("*") ? slot.startsWith(each.slice(0, -1)) : each === slot));
    if (!known) throw new ComponentError("TRANSFORM_UNKNOWN", { component, slot, slots: slots.join(", ") });
  }
}
