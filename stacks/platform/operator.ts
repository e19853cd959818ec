import { Access, type AppContext, afterOthers, EntraGroup, type LinkGrant } from "@devfactory/components/index.ts";
import { DATABASE, type Foundation } from "./foundation.ts";

/** Gives a developer's service principal data rights on the platform's accounts, for the shell and for publishing the dashboard. */
export function grantOperator(
  context: AppContext,
  foundation: Foundation,
  objectId: string,
  before: readonly { readonly access: readonly Access[] }[],
): Access {
  const { cosmos, vault, storage, bus, registry } = foundation;
  const principal = { label: "operator", principalId: objectId, name: "operator" };
  const database = afterOthers(cosmos.database(DATABASE).link("readwrite"), before);
  const roles = [
    ...vault.link("write").roles,
    // On the account, not a container: links to blobs are signed with a delegation key of the account.
    { role: "blobContributor" as const, scope: storage.accountId },
    { role: "busOwner" as const, scope: bus.namespaceId },
    ...registry.link("pull").roles,
  ];
  const grant: LinkGrant = { ...database, key: "platform", env: {}, roles };
  return new Access("operator-to-platform", { context, principal, grant });
}

/**
 * The Entra group of the people who run the platform; empty at first, and its members are nobody's business but the tenant's. It
 * administers the Postgres servers of apps, so that people get in when an app's own identity is gone.
 */
export function makeOperatorGroup(context: AppContext): EntraGroup {
  return new EntraGroup("operators", { context, displayName: `DevFactory operators (${context.seed})` });
}
