import * as pulumi from "@pulumi/pulumi";
import type { DataGrant } from "./link.ts";

/** Fixed database roles of SQL Server per access level. Source: Microsoft Learn, "Database-level roles". */
export const SQL_ROLES = {
  read: ["db_datareader"],
  readwrite: ["db_datareader", "db_datawriter"],
  migrate: ["db_datareader", "db_datawriter", "db_ddladmin"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type SqlAccess = keyof typeof SQL_ROLES;

/**
 * A right inside one SQL database that no call of ARM can give: the statements create the user of a managed identity and put it into
 * its roles. Whoever deploys runs them after `up`, as the server's administrator; running them again changes nothing.
 */
export interface SqlStep {
  /** Host name of the server. */
  readonly host: string;
  readonly database: string;
  /** Name of the identity that gets the right. */
  readonly principal: string;
  readonly statements: readonly string[];
}

/** What a grant needs to be done in its database. */
export function sqlStep(
  grant: Extract<DataGrant, { readonly kind: "sql" }>,
  principal: { readonly principalId: pulumi.Input<string>; readonly name: pulumi.Input<string> },
): pulumi.Output<SqlStep> {
  return pulumi
    .all([grant.host, grant.databaseName, principal.principalId, principal.name])
    .apply(([host, database, principalId, name]) => {
      const user = `[${name.replaceAll("]", "]]")}]`;
      const known = `SELECT 1 FROM sys.database_principals WHERE name = N'${name.replaceAll("'", "''")}'`;
      const statements = [
        `IF NOT EXISTS (${known}) CREATE USER ${user} FROM EXTERNAL PROVIDER WITH OBJECT_ID = '${principalId}';`,
        ...SQL_ROLES[grant.access].map((role) => `ALTER ROLE ${role} ADD MEMBER ${user};`),
      ];
      return { host, database, principal: name, statements };
    });
}

/** The steps of all consumers, in the order of their declarations: an output of the stack. */
export function sqlSteps(
  consumers: Iterable<{ readonly access: readonly { readonly sqlSteps: readonly pulumi.Output<SqlStep>[] }[] }>,
): pulumi.Output<SqlStep[]> {
  return pulumi.all([...consumers].flatMap(({ access }) => access.flatMap((each) => each.sqlSteps)));
}
