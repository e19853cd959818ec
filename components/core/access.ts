import * as pulumi from "@pulumi/pulumi";
import { authorization, cosmosdb, dbforpostgresql } from "./azure.ts";
import { AzureComponent, type ComponentArgs } from "./component.ts";
import type { DataGrant, LinkGrant, RoleGrant } from "./link.ts";
import { type DatabaseStep, databaseSteps, rightTitle } from "./postgresAccess.ts";
import { retried } from "./principalRetry.ts";
import { assignmentName } from "./roleAssignments.ts";
import { COSMOS_ROLES, ROLES, roleDefinitionId, roleOf } from "./roles.ts";
import { SQL_ROLES, type SqlStep, sqlStep } from "./sqlAccess.ts";

/** Who gets the rights: a service principal (managed identities are one). */
export interface Principal {
  /** How the grant report calls it. */
  readonly label: string;
  /** Object id in Entra ID. */
  readonly principalId: pulumi.Input<string>;
  /** Name of the identity; Postgres signs in under it. */
  readonly name: pulumi.Input<string>;
}

export interface AccessArgs extends ComponentArgs {
  readonly principal: Principal;
  readonly grant: LinkGrant;
}

/** One right that somebody holds, for the report that is stored with a deployment. */
export interface GrantRow {
  readonly consumer: string;
  readonly principalId: string;
  readonly role: string;
  readonly scope: string;
}

/**
 * Gives one principal what one link describes. Creates `<role>` (role assignments), `cosmos` (Cosmos DB's own role assignment) and
 * `postgres` (Entra administrator of the server); rights inside SQL databases become `sqlSteps`, inside Postgres `databaseSteps`. Names are derived from scope, principal and role, so a recreated
 * identity gets new assignments instead of a refused update. Grants: what its link says. Cost class: free.
 *
 * Limits: an app or a job makes it for each of its links; use it alone for a principal that is no component.
 *
 * @example One right for a principal that is no component
 * ```ts
 * new Access("audit", { context, principal, grant: files.container("logs").link("read") });
 * ```
 *
 * @example A right inside Cosmos DB
 * ```ts
 * new Access("audit", { context, principal, grant: data.database("shop").container("orders").link("read") });
 * ```
 */
export class Access extends AzureComponent<AccessArgs> {
  /** `key` of the link that it gives. */
  readonly grantKey: string;
  /** What was given, for `grantReport`. */
  readonly rows: readonly pulumi.Output<GrantRow>[];
  /** What is left to do inside SQL databases, for `sqlSteps`. */
  readonly sqlSteps: readonly pulumi.Output<SqlStep>[];
  /** What is left to do inside Postgres servers, for `allDatabaseSteps`. */
  readonly databaseSteps: readonly pulumi.Output<DatabaseStep[]>[];

  constructor(name: string, args: AccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("Access", name, args, opts, [...Object.keys(ROLES), ...roleNames(args.grant), "cosmos", "postgres"]);
    const dependsOn = [...(args.grant.prerequisites ?? [])];
    const consumer = args.principal.label;
    const rows = [];
    for (const grant of args.grant.roles) rows.push(this.#assign(grant, args, consumer, dependsOn));
    for (const grant of args.grant.data ?? []) rows.push(this.#grantData(grant, args, consumer, dependsOn));
    this.grantKey = args.grant.key;
    this.rows = rows;
    this.sqlSteps = (args.grant.data ?? []).flatMap((each) =>
      each.kind === "sql" ? [sqlStep(each, args.principal)] : [],
    );
    this.databaseSteps = (args.grant.data ?? []).flatMap((each) =>
      each.kind === "postgres" && each.inside ? [databaseSteps(each.inside, args.principal)] : [],
    );
    this.registerOutputs({});
  }

  #assign(grant: RoleGrant, args: AccessArgs, consumer: string, dependsOn: pulumi.Resource[]): pulumi.Output<GrantRow> {
    const { principalId } = args.principal;
    const role = roleOf(grant.role);
    this.child(
      role.name,
      authorization.RoleAssignment,
      {
        scope: grant.scope,
        roleAssignmentName: assignmentName(grant.scope, principalId, role.id),
        roleDefinitionId: roleDefinitionId(args.context.subscriptionId, grant.role),
        principalId,
        principalType: "ServicePrincipal", // without it ARM looks up a principal that may not be replicated yet
        description: `DevFactory ${args.context.app}: ${consumer} to ${args.grant.key}`,
        ...(grant.condition && { condition: grant.condition, conditionVersion: "2.0" }),
      },
      { dependsOn, ...retried(args.context) },
    );
    return reportRow(consumer, principalId, role.title, grant.scope);
  }

  #grantData(
    grant: DataGrant,
    args: AccessArgs,
    consumer: string,
    dependsOn: pulumi.Resource[],
  ): pulumi.Output<GrantRow> {
    const { principalId, name: principalName } = args.principal;
    if (grant.kind === "sql")
      return reportRow(consumer, principalId, SQL_ROLES[grant.access].join(", "), grant.databaseId);
    if (grant.kind === "postgres" && grant.inside)
      return reportRow(consumer, principalId, rightTitle(grant.inside), grant.serverId);
    if (grant.kind === "postgres") {
      this.child(
        "postgres",
        dbforpostgresql.AdministratorsMicrosoftEntra,
        {
          resourceGroupName: grant.resourceGroupName,
          serverName: grant.serverName,
          objectId: principalId,
          principalName,
          principalType: "ServicePrincipal",
          tenantId: args.context.tenantId,
        },
        { dependsOn, ...retried(args.context) },
      );
      return reportRow(consumer, principalId, "PostgreSQL Entra administrator", grant.serverId);
    }
    const role = COSMOS_ROLES[grant.access];
    this.child(
      "cosmos",
      cosmosdb.SqlResourceSqlRoleAssignment,
      {
        resourceGroupName: grant.resourceGroupName,
        accountName: grant.accountName,
        roleAssignmentId: assignmentName(grant.scope, principalId, role.id),
        roleDefinitionId: pulumi.interpolate`${grant.accountId}/sqlRoleDefinitions/${role.id}`,
        principalId,
        scope: grant.scope,
      },
      { dependsOn, ...retried(args.context) },
    );
    return reportRow(consumer, principalId, role.title, grant.scope);
  }
}

function roleNames({ roles }: LinkGrant): readonly string[] {
  return roles.map(({ role }) => roleOf(role).name);
}

/** Who may do what on which scope, in the order of the declarations. */
export function grantReport(consumers: readonly { readonly access: readonly Access[] }[]): pulumi.Output<GrantRow[]> {
  return pulumi.all(consumers.flatMap((consumer) => consumer.access.flatMap((access) => access.rows)));
}

/**
 * The link, to be given after the same link of other consumers: Cosmos DB and Postgres take one change of their data rights at a
 * time and refuse a second one. Links of ARM roles alone come back as they are.
 */
export function afterOthers(link: LinkGrant, consumers: Iterable<{ readonly access: readonly Access[] }>): LinkGrant {
  if ((link.data ?? []).length === 0) return link;
  const others = [...consumers].flatMap(({ access }) => access.filter((each) => each.grantKey === link.key));
  return { ...link, prerequisites: [...(link.prerequisites ?? []), ...others] };
}

function reportRow(
  consumer: string,
  principalId: pulumi.Input<string>,
  role: string,
  scope: pulumi.Input<string>,
): pulumi.Output<GrantRow> {
  return pulumi
    .all([principalId, scope])
    .apply(([who, where]): GrantRow => ({ consumer, principalId: who, role, scope: where }));
}
