import * as pulumi from "@pulumi/pulumi";
import type { AppContext } from "./context.ts";
import { ComponentError } from "./errors.ts";
import { checkedName, physicalName, ruleOfToken } from "./naming.ts";
import { applyTransform, checkTransform, type Transform } from "./transform.ts";

/** Arguments that every component takes. */
export interface ComponentArgs {
  /** Deployment that the component belongs to. Changing its app, stage, seed or epoch replaces everything. */
  readonly context: AppContext;
  /** Physical name of the main resource. @default made from the context. Changing this replaces the resource. */
  readonly name?: string;
  /** Tags on top of the context's. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Last word on a child's arguments, by slot; a key that names no child is an error. */
  readonly transform?: object;
}

type ResourceClass<Resource, Args> = new (
  name: string,
  args: Args,
  opts?: pulumi.CustomResourceOptions & pulumi.ComponentResourceOptions,
) => Resource;

/**
 * Base of all components. A constructor validates, makes its children through `child` and ends with one `registerOutputs`.
 * The type token `devfactory:azure:<Class>` does not depend on the file, so moving a file never renames a resource.
 */
export abstract class AzureComponent<Args extends ComponentArgs> extends pulumi.ComponentResource {
  /** The Pulumi name; unique within the deployment. */
  readonly key: string;
  readonly #args: Args;
  readonly #class: string;
  readonly #mainSlot: string | undefined;
  readonly #children = new Map<string, pulumi.Resource>();

  /**
   * @param slots names of the children, the main one first; `container-*` stands for a family
   * @throws {ComponentError} `TRANSFORM_UNKNOWN`
   */
  constructor(
    className: string,
    name: string,
    args: Args,
    opts: pulumi.ComponentResourceOptions | undefined,
    slots: readonly string[],
  ) {
    checkTransform(`${className} ${name}`, slots, args.transform);
    super(`devfactory:azure:${className}`, name, {}, opts); // inputs of a component are kept in state: none
    this.key = name;
    this.#args = args;
    this.#class = className;
    this.#mainSlot = slots[0];
  }

  /** The raw resources by slot, for what no argument covers. @throws {ComponentError} `NOT_MADE` */
  node(slot: string): pulumi.Resource {
    const found = this.#children.get(slot);
    if (found) return found;
    const slots = [...this.#children.keys()].join(", ") || "none";
    throw new ComponentError("NOT_MADE", { component: `${this.#class} ${this.key}`, slot, slots });
  }

  /**
   * Makes a child: Pulumi name `${name}-${slot}`, parent, physical name, location and tags where the type has them, and the
   * caller's transform. The slot is part of the contract: renaming one needs an alias.
   */
  protected child<Resource extends pulumi.Resource, ChildArgs extends object>(
    slot: string,
    Class: ResourceClass<Resource, ChildArgs>,
    args: ChildArgs,
    opts: pulumi.CustomResourceOptions = {},
  ): Resource {
    const logicalName = `${this.key}-${slot}`;
    const defaults = this.#defaults(slot, Class, logicalName);
    const transforms = (this.#args.transform ?? {}) as Readonly<Record<string, Transform<ChildArgs> | undefined>>;
    const finished = applyTransform({ ...defaults, ...args }, transforms[slot]);
    const resource = new Class(logicalName, finished, pulumi.mergeOptions({ parent: this }, opts));
    this.#children.set(slot, resource);
    return resource;
  }

  #defaults(slot: string, Class: unknown, logicalName: string): Readonly<Record<string, unknown>> {
    const named = ruleOfToken(tokenOf(Class));
    if (!named) return {};
    const { context, tags } = this.#args;
    const { rule, type } = named;
    const chosen = slot === this.#mainSlot ? this.#args.name : undefined;
    const name = chosen === undefined ? physicalName(type, context, logicalName) : checkedName(type, chosen);
    if (type === "Microsoft.Insights/diagnosticSettings") return { [rule.input]: name };
    const own = { "devfactory-component": this.key }; // names differ by a hash only; this tells people which is which
    return { [rule.input]: name, location: context.location, tags: { ...context.tags, ...own, ...tags } };
  }
}

/** azure-native's classes carry their token in a static that its typings leave out. */
function tokenOf(Class: unknown): string | undefined {
  const token = (Class as { readonly __pulumiType?: unknown }).__pulumiType;
  return typeof token === "string" ? token : undefined;
}
