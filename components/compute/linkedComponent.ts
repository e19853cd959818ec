import type * as pulumi from "@pulumi/pulumi";
import { Access } from "../core/access.ts";
import { managedidentity } from "../core/azure.ts";
import { AzureComponent, type ComponentArgs } from "../core/component.ts";
import { CROSS_CUT_SLOTS, type CrossCutArgs } from "../core/crossCut.ts";
import { mergeEnvironment } from "../core/environment.ts";
import type { Existing } from "../core/existing.ts";
import type { Identity } from "../core/identity.ts";
import { type LinkGrant, mergeGrants } from "../core/link.ts";
import type { VaultSecret } from "../security/keyVault.ts";

/** What every consumer of links takes. */
export interface LinkedArgs extends ComponentArgs, Pick<CrossCutArgs, "roleAssignments" | "lock"> {
  /** Plain settings. A name that a link sets too is an error. */
  readonly env?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Settings whose values stay in a vault; the identity gets the right to read each of them. */
  readonly secretEnv?: Readonly<Record<string, VaultSecret>>;
  /** What it may reach, and how. */
  readonly link?: readonly LinkGrant[];
  readonly identity?: Identity;
}

/** An identity with its rights. */
export interface LinkedParts {
  readonly identity: InstanceType<typeof managedidentity.UserAssignedIdentity>;
  readonly userAssigned: { readonly type: "UserAssigned"; readonly userAssignedIdentities: pulumi.Input<string>[] };
  readonly grants: readonly Access[];
  /** All plain variables: of the identity, of the links and the explicit ones. */
  readonly env: Readonly<Record<string, pulumi.Input<string>>>;
}

/**
 * A consumer under an identity, its own or an existing one: makes `identity` and one `to-<key>` per link. Its main resource depends on the grants, so
 * nothing starts without its rights.
 */
export abstract class LinkedComponent<Args extends LinkedArgs> extends AzureComponent<Args | Existing> {
  /** Slots that every consumer has, after its main ones. */
  protected static readonly slots: readonly string[] = ["identity", "to-*", ...CROSS_CUT_SLOTS];
  #allLinks: readonly LinkGrant[] = [];
  #linked: readonly string[] = [];

  /** What its program reaches by `link`, for `runtimeReader`; nothing of an existing one. */
  get links(): readonly LinkGrant[] {
    return this.#allLinks.filter(({ key }) => this.#linked.includes(key));
  }

  /** All that bring its program variables, its own needs included. */
  get allLinks(): readonly LinkGrant[] {
    return this.#allLinks;
  }

  /** @param own links that the component needs for itself */
  protected makeIdentity(args: Args, own: readonly LinkGrant[]): LinkedParts {
    const { context } = args;
    const secrets = Object.values(args.secretEnv ?? {}).map((secret) => ({ ...secret.link("read"), env: {} }));
    const links = mergeGrants([...(args.link ?? []), ...own, ...secrets]);
    this.#allLinks = links;
    this.#linked = (args.link ?? []).map(({ key }) => key);
    const merged = mergeEnvironment(this.key, links, args.env ?? {});
    const identity = args.identity
      ? this.adopt("identity", managedidentity.UserAssignedIdentity, args.identity.existing)
      : this.child("identity", managedidentity.UserAssignedIdentity, { resourceGroupName: context.resourceGroupName });
    const principal = { label: this.key, principalId: identity.principalId, name: identity.name };
    const grants = links
      .filter((link) => link.roles.length + (link.data?.length ?? 0) > 0)
      .map((grant) => this.child(`to-${grant.key}`, Access, { context, principal, grant }));
    const names = new Set(links.flatMap((link) => link.identityNameEnv ?? []));
    return {
      identity,
      userAssigned: { type: "UserAssigned", userAssignedIdentities: [identity.id] },
      grants,
      env: {
        AZURE_CLIENT_ID: identity.clientId,
        AZURE_TENANT_ID: context.tenantId,
        ...Object.fromEntries([...names].map((name) => [name, identity.name])),
        ...merged,
      },
    };
  }
}

/** Whom rights were given to, of a resource that is read: its first identity of its own or, without one, the system's; empty without any. */
export function principalOf(
  identity:
    | {
        readonly principalId?: string | undefined;
        readonly userAssignedIdentities?: Readonly<Record<string, { readonly principalId: string }>> | undefined;
      }
    | undefined,
): string {
  const [first] = Object.values(identity?.userAssignedIdentities ?? {});
  return first?.principalId ?? identity?.principalId ?? "";
}
