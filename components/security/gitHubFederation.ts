import type * as pulumi from "@pulumi/pulumi";
import { Access } from "../core/access.ts";
import { type ArgumentCheck, argumentCheck, checkNames } from "../core/argument.ts";
import { managedidentity } from "../core/azure.ts";
import { federation } from "../core/azureOnDemand.ts";
import { AzureComponent, type ComponentArgs } from "../core/component.ts";
import { CROSS_CUT_SLOTS, type CrossCutArgs, type CrossCutTransforms } from "../core/crossCut.ts";
import { type Existing, isExisting } from "../core/existing.ts";
import type { RoleGrant } from "../core/link.ts";
import { ROLES, type RoleName, roleOf } from "../core/roles.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";

const ISSUER = "https://token.actions.githubusercontent.com";
const AUDIENCE = "api://AzureADTokenExchange";
/** Federated credentials of one identity. Source: Microsoft Learn, "Important considerations and restrictions for federated identity credentials". */
const MOST_CREDENTIALS = 20;
/** Roles that rule everything below their scope. */
const RULING: readonly string[] = ["contributor", "accessAdministrator"] satisfies readonly RoleName[];
const RULING_IDS: ReadonlyMap<string, string> = new Map([
  [ROLES.contributor.id, "contributor"],
  [ROLES.accessAdministrator.id, "accessAdministrator"],
]);

/** What in a repository may sign in. An environment is the strictest: GitHub asks its reviewers first. */
export type GitHubSubject =
  | { readonly kind: "environment" | "branch" | "tag"; readonly name: string }
  | { readonly kind: "pullRequest" };

export interface GitHubFederationArgs extends ComponentArgs, Pick<CrossCutArgs, "roleAssignments" | "lock"> {
  /** `owner/name`, as GitHub spells it. */
  readonly repository: string;
  /** 1 to 20, exact: there are no wildcards. */
  readonly subjects: readonly GitHubSubject[];
  /** All roles that it holds, by a name for each. No ruling role (contributor, accessAdministrator) on a whole subscription. */
  readonly roles: Readonly<Record<string, RoleGrant>>;
  readonly transform?: CrossCutTransforms & {
    readonly identity?: Transform<ArgsOf<typeof managedidentity.UserAssignedIdentity>>;
    readonly [credential: `credential-${string}`]: Transform<ArgsOf<typeof federation.FederatedIdentityCredential>>;
    readonly [role: `to-${string}`]: Transform<object>;
  };
}

/**
 * Lets GitHub Actions deploy without a secret (workload identity federation). Creates `identity`, one `credential-<kind>-<name>` for
 * each subject, `to-<name>` for each role, and what the common options ask for.
 *
 * Grants: exactly `roles`. A workflow signs in with `clientId`, the tenant's and the subscription's id, which are no secrets; the
 * token of GitHub is exchanged for one of Entra ID and lives for minutes. The same in all profiles. Cost class: free.
 *
 * Limits: a new credential works after about a minute. Renaming the repository ends the trust. A pull request of a fork gets no token.
 *
 * @example Pushes images once reviewers agreed
 * ```ts
 * new GitHubFederation("delivery", {
 *   context,
 *   repository: "contoso/shop",
 *   subjects: [{ kind: "environment", name: "production" }],
 *   roles: { images: { role: "acrPush", scope: registry.registryId } },
 * });
 * ```
 *
 * @example Reads stored files, from the main branch and pull requests
 * ```ts
 * const subjects = [{ kind: "branch", name: "main" }, { kind: "pullRequest" }] as const;
 * const roles = { files: { role: "blobReader", scope: files.accountId } } as const;
 * new GitHubFederation("checks", { context, repository: "contoso/shop", subjects, roles });
 * ```
 */
export class GitHubFederation extends AzureComponent<GitHubFederationArgs | Existing> {
  /** Client id that a workflow signs in with; no secret. */
  readonly clientId: pulumi.Output<string>;
  /** Object id of its identity in Entra ID. */
  readonly principalId: pulumi.Output<string>;
  /** What was given to its identity, for `grantReport`; nothing of an existing one. */
  readonly access: readonly Access[];

  /** @throws {ComponentError} `ARGUMENT_INVALID` */
  constructor(name: string, args: GitHubFederationArgs | Existing, opts?: pulumi.ComponentResourceOptions) {
    if (!isExisting(args)) checkArgs(argumentCheck(`GitHubFederation ${name}`), args);
    super("GitHubFederation", name, args, opts, ["identity", "credential-*", "to-*", ...CROSS_CUT_SLOTS]);
    const { identity, access } = isExisting(args) ? this.#read(args) : this.#make(args);
    this.access = access;
    this.clientId = identity.clientId;
    this.principalId = identity.principalId;
    this.registerOutputs({ clientId: this.clientId });
  }

  /** A trust that somebody else manages, by its identity: whom to sign in as, nothing made or changed. */
  static existing(name: string, at: Existing, opts?: pulumi.ComponentResourceOptions): GitHubFederation {
    return new GitHubFederation(name, at, opts);
  }

  #read({ resourceId }: Existing): MadeFederation {
    return { identity: this.adopt("identity", managedidentity.UserAssignedIdentity, resourceId), access: [] };
  }

  #make(args: GitHubFederationArgs): MadeFederation {
    const { context, repository } = args;
    const { resourceGroupName } = context;
    const identity = this.child("identity", managedidentity.UserAssignedIdentity, { resourceGroupName });
    let last: pulumi.Resource = identity;
    for (const subject of args.subjects) {
      const federatedIdentityCredentialResourceName = credentialName(subject);
      const credential = {
        resourceGroupName,
        resourceName: identity.name,
        federatedIdentityCredentialResourceName,
        issuer: ISSUER,
        audiences: [AUDIENCE],
        subject: `repo:${repository}:${subjectPart(subject)}`,
      };
      const slot = `credential-${federatedIdentityCredentialResourceName}`;
      // An identity takes one change of its credentials at a time.
      last = this.child(slot, federation.FederatedIdentityCredential, credential, { dependsOn: last });
    }
    const principal = { label: this.key, principalId: identity.principalId, name: identity.name };
    const access = Object.entries(args.roles).map(([key, role]) =>
      this.child(`to-${key}`, Access, { context, principal, grant: { key, source: key, env: {}, roles: [role] } }),
    );
    this.crossCut({ main: identity });
    return { identity, access };
  }
}

interface MadeFederation {
  readonly identity: InstanceType<typeof managedidentity.UserAssignedIdentity>;
  readonly access: readonly Access[];
}

/** Source: GitHub Docs, "OpenID Connect reference", example subject claims. */
function subjectPart(subject: GitHubSubject): string {
  switch (subject.kind) {
    case "environment":
      return `environment:${subject.name}`;
    case "branch":
      return `ref:refs/heads/${subject.name}`;
    case "tag":
      return `ref:refs/tags/${subject.name}`;
    case "pullRequest":
      return "pull_request";
  }
}

function credentialName(subject: GitHubSubject): string {
  return subject.kind === "pullRequest" ? "pull-request" : `${subject.kind}-${subject.name.replace(/[^\w-]/g, "-")}`;
}

function checkArgs(check: ArgumentCheck, { repository, subjects, roles }: GitHubFederationArgs): void {
  check("repository", repository, /^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/[A-Za-z0-9._-]{1,100}$/.test(repository), {
    allowed: "owner/name",
    why: "The trust is for one repository; there are no wildcards.",
  });
  check("subjects", subjects.length, subjects.length >= 1 && subjects.length <= MOST_CREDENTIALS, {
    allowed: `1 to ${MOST_CREDENTIALS}`,
    why: "An identity has no more credentials.",
  });
  for (const subject of subjects) {
    if (subject.kind === "pullRequest") continue;
    check("subjects", subject.name, /^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$/.test(subject.name), {
      allowed: "the exact name of a branch, tag or environment, up to 100 letters, digits and . _ / -",
      why: "A wildcard would trust what nobody has seen.",
    });
  }
  checkNames(check, "subjects", subjects.map(credentialName), {
    pattern: /^[\w-]+$/,
    allowed: "each once",
    why: "Credentials of one identity have different names.",
  });
  for (const [name, grant] of Object.entries(roles)) {
    const { scope, condition } = grant;
    const role = RULING_IDS.get(roleOf(grant.role).id) ?? roleOf(grant.role).name; // known by its id, whatever it is called
    const whole = typeof scope === "string" && /^\/(subscriptions\/[^/]+\/?)?$/.test(scope);
    check(`roles.${name}`, role, !(RULING.includes(role) && whole), {
      allowed: "such a role on a resource group or below it",
      why: "Whoever changes the workflow would rule the subscription.",
    });
    check(`roles.${name}`, role, role !== "accessAdministrator" || condition !== undefined, {
      allowed: "accessAdministrator with a condition on the roles that it may give",
      why: "It could give itself any other role.",
    });
  }
}
