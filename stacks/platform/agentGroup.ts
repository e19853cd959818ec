import { type LinkedArgs, LinkedComponent } from "@devfactory/components/compute/linkedComponent.ts";
import type { Access, ImageStore, LinkGrant } from "@devfactory/components/index.ts";
import * as pulumi from "@pulumi/pulumi";

export interface AgentGroupArgs extends Pick<LinkedArgs, "context" | "env" | "link" | "transform"> {
  /** Reference with a digest. */
  readonly image: pulumi.Input<string>;
  readonly registry: ImageStore;
  /** vCPUs; memory is twice as many GB, as of a Container Apps Job. */
  readonly cpu: number;
}

/** What the worker needs to make the group of a run (`AgentGroups` of the job service, one agent of it). */
export interface AgentTemplate {
  readonly image: string;
  readonly identityId: string;
  readonly cpu: number;
  readonly memoryGb: number;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * An agent that runs in container groups: everything but the groups, which the worker makes, one for each run. Creates `identity` and
 * `to-<key>` for each link. Links: `run` → Managed Identity Operator on its identity. Cost class: free between runs.
 */
export class AgentGroup extends LinkedComponent<AgentGroupArgs> {
  readonly template: pulumi.Output<AgentTemplate>;
  readonly access: readonly Access[];
  readonly #identityId: pulumi.Output<string>;

  constructor(name: string, args: AgentGroupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("AgentGroup", name, args, opts, LinkedComponent.slots);
    const pull = { ...args.registry.link("pull"), env: {} }; // the platform pulls, the agent need not know from where
    const { identity, grants, waits, env } = this.makeIdentity(args, [pull]);
    const { image, cpu } = args;
    // Who reads it starts groups at once, so its rights are there before.
    const rights = pulumi.all(waits.map(({ urn }) => urn));
    this.template = pulumi
      .all([image, identity.id, pulumi.output(env), rights])
      .apply(([reference, identityId, variables]): AgentTemplate => {
        return { image: reference, identityId, cpu, memoryGb: cpu * 2, env: variables };
      });
    this.access = grants;
    this.#identityId = identity.id;
    this.registerOutputs({});
  }

  /** Lets a consumer hand the identity to groups that it makes. */
  link(_access: "run"): LinkGrant {
    const roles = [{ role: "identityOperator" as const, scope: this.#identityId }];
    return { key: this.key, source: this.key, env: {}, roles };
  }
}
