import * as pulumi from "@pulumi/pulumi";
import type { ResourceClass } from "./child.ts";
import type { AppContext } from "./context.ts";
import { type CrossCut, type CrossCutArgs, makeCrossCut } from "./crossCut.ts";
import { ComponentError } from "./errors.ts";
import { type Existing, isExisting } from "./existing.ts";
import { knownInputs } from "./knownInputs.ts";
import { checkedName, physicalName, ruleOfToken } from "./naming.ts";
import { applyTransform, checkTransform, type Transform } from "./transform.ts";

/** Arguments that every component takes. */
export interface ComponentArgs {
  /** Deployment that the component belongs to. Changing its app, stage, seed or epoch replaces everything. */
  readonly context: AppContext;
  /** Physical name of the main resource. @default made from the context. Changing this replaces the resource. */
  readonly name?: string;
  /** Region. @default the context's. Changing this replaces the resource. */
  readonly location?: string;
  /** Tags on top of the context's. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Last word on a child's arguments, by slot; a key that names no child is an error. */
  readonly transform?: object;
}

/** Types that have neither a region nor tags: they stand on another resource. */
const BARE: readonly string[] = ["Microsoft.Insights/diagnosticSettings", "Microsoft.Authorization/locks"];

/**
 * Base of all components. A constructor validates, makes its children through `child`, then what the common options ask for through
 * `crossCut`, and ends with one `registerOutputs`. What decides a child's arguments, weakest first: profile, context, arguments,
 * transform.
 * The type token `devfactory:azure:<Class>` does not depend on the file, so moving a file never renames a resource.
 */
export abstract class AzureComponent<Args extends ComponentArgs> extends pulumi.ComponentResource {
  /** The Pulumi name; unique within the deployment. */
  readonly key: string;
  /** Class and name, for messages. */
  protected readonly label: string;
  /** Region of the component. */
  protected readonly location: string;
  readonly #args: Args;
  readonly #mainSlot: string | undefined;
  readonly #children = new Map<string, pulumi.Resource>();
  #attachments: readonly pulumi.Resource[] = [];
  #ready: pulumi.Output<string> | undefined;

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
    this.label = `${className} ${name}`;
    this.location = args.location ?? args.context.location;
    this.#args = args;
    this.#mainSlot = slots[0];
  }

  /** The raw resources by slot, for what no argument covers. */
  get nodes(): Readonly<Record<string, pulumi.Resource>> {
    return Object.fromEntries(this.#children);
  }

  /** Id of the main resource, known once its roles and endpoints exist too. */
  get ready(): pulumi.Output<string> {
    const main = this.#children.get(this.#mainSlot ?? "");
    return this.#ready ?? (main instanceof pulumi.CustomResource ? main.id : this.urn);
  }

  /** What must exist before anything uses the component: its private endpoints. */
  protected get attachments(): readonly pulumi.Resource[] {
    return this.#attachments;
  }

  /** One raw resource. @throws {ComponentError} `NOT_MADE` */
  node(slot: string): pulumi.Resource {
    const found = this.#children.get(slot);
    if (found) return found;
    const slots = [...this.#children.keys()].join(", ") || "none";
    throw new ComponentError("NOT_MADE", { component: this.label, slot, slots });
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
    const resource = this.#construct(Class, logicalName, finished, opts);
    this.#children.set(slot, resource);
    return resource;
  }

  /** Reads a resource that somebody else manages; it is never changed. */
  protected adopt<Resource extends pulumi.Resource>(
    slot: string,
    Class: { get(name: string, id: pulumi.Input<pulumi.ID>, opts?: pulumi.CustomResourceOptions): Resource },
    resourceId: Existing["resourceId"],
  ): Resource {
    const resource = Class.get(`${this.key}-${slot}`, resourceId, { parent: this });
    this.#children.set(slot, resource);
    return resource;
  }

  /**
   * What a link to a part must wait for: the child, and the endpoints. Of an existing resource any part may be named: there is nothing
   * to wait for, and nothing that says which there are.
   *
   * @throws {ComponentError} `NOT_MADE`
   */
  protected partOf(slot: string): readonly pulumi.Resource[] {
    return isExisting(this.#args) ? [] : [this.node(slot), ...this.#attachments];
  }

  /** Makes what the common options and the profile ask for; after all other children. @throws {ComponentError} */
  protected crossCut(cut: CrossCut): void {
    const { attachments, roles } = makeCrossCut(
      {
        key: this.key,
        label: this.label,
        context: this.#args.context,
        options: this.#args as ComponentArgs & CrossCutArgs,
        make: (slot, Class, args, opts) => this.child(slot, Class, args, opts),
        children: () => [...this.#children.values()],
      },
      cut,
    );
    this.#attachments = attachments;
    const ids = [cut.main, ...roles, ...attachments].map((each) => each.id);
    this.#ready = pulumi.all(ids).apply(([main = ""]) => main);
  }

  #construct<Resource, ChildArgs extends object>(
    Class: ResourceClass<Resource, ChildArgs>,
    logicalName: string,
    args: ChildArgs,
    opts: pulumi.CustomResourceOptions,
  ): Resource {
    const options = pulumi.mergeOptions({ parent: this }, opts);
    if (!tokenOf(Class)?.startsWith("azure-native:")) return new Class(logicalName, args, options);
    const known = knownInputs(args);
    return new Class(
      logicalName,
      known.args,
      pulumi.mergeOptions({ transformations: [known.transformation] }, options),
    );
  }

  #defaults(slot: string, Class: unknown, logicalName: string): Readonly<Record<string, unknown>> {
    const named = ruleOfToken(tokenOf(Class));
    if (!named) return {};
    const { context, tags } = this.#args;
    const { rule, type } = named;
    const chosen = slot === this.#mainSlot ? this.#args.name : undefined;
    const name = chosen === undefined ? physicalName(type, context, logicalName) : checkedName(type, chosen);
    if (BARE.includes(type)) return { [rule.input]: name };
    const own = { "devfactory-component": this.key }; // names differ by a hash only; this tells people which is which
    return { [rule.input]: name, location: this.location, tags: { ...context.tags, ...own, ...tags } };
  }
}

/** azure-native's classes carry their token in a static that its typings leave out. */
function tokenOf(Class: unknown): string | undefined {
  const token = (Class as { readonly __pulumiType?: unknown }).__pulumiType;
  return typeof token === "string" ? token : undefined;
}
