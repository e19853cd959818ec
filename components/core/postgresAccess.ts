import * as pulumi from "@pulumi/pulumi";
import type { DataGrant } from "./link.ts";

/** Statements for one database of a Postgres server, in order; running them again changes nothing. */
export interface DatabaseStep {
  readonly engine: "postgres";
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly statements: readonly string[];
}

/** What a consumer holds inside one database. */
export type PostgresRight = NonNullable<Extract<DataGrant, { readonly kind: "postgres" }>["inside"]>;

/** Database where the functions for Entra principals are. Source: Microsoft Learn, "Manage Microsoft Entra roles in Azure Database for PostgreSQL". */
const HOME = "postgres";

/** Role of the report. */
export function rightTitle({ access, databaseName }: PostgresRight): string {
  return access === "read" ? `reader of ${databaseName}` : `owner of ${databaseName}`;
}

/**
 * What a grant needs to be done inside its server: a role for the identity, and what it may do in its database. Two roles stand for all
 * consumers of a database, so that each can use what another one made: `<database>_owner`, as which those who write work, and
 * `<database>_reader`. Nobody else may connect to it.
 */
export function databaseSteps(
  right: PostgresRight,
  principal: { readonly principalId: pulumi.Input<string>; readonly name: pulumi.Input<string> },
): pulumi.Output<DatabaseStep[]> {
  const all = pulumi.all([right.host, right.port, principal.principalId, principal.name]);
  return all.apply(([host, port, objectId, name]): DatabaseStep[] => {
    const server = { engine: "postgres", host, port: Number(port) } as const;
    return [
      { ...server, database: HOME, statements: [createPrincipal(name, objectId)] },
      { ...server, database: right.databaseName, statements: rightsIn(right, name) },
    ];
  });
}

/** The steps of all consumers, in the order of their declarations: an output of the stack. */
export function allDatabaseSteps(
  consumers: Iterable<{
    readonly access: readonly { readonly databaseSteps: readonly pulumi.Output<DatabaseStep[]>[] }[];
  }>,
): pulumi.Output<DatabaseStep[]> {
  const steps = [...consumers].flatMap(({ access }) => access.flatMap((each) => each.databaseSteps));
  return pulumi.all(steps).apply((each) => each.flat());
}

function createPrincipal(name: string, objectId: string): string {
  const known = `SELECT FROM pg_roles WHERE rolname = ${literal(name)}`;
  const make = `pgaadauth_create_principal_with_oid(${literal(name)}, ${literal(objectId)}, 'service', false, false)`;
  return `DO $do$ BEGIN IF NOT EXISTS (${known}) THEN PERFORM ${make}; END IF; END $do$;`;
}

function rightsIn({ databaseName, access }: PostgresRight, name: string): readonly string[] {
  const [database, owner, reader] = [databaseName, `${databaseName}_owner`, `${databaseName}_reader`].map(identifier);
  const user = identifier(name);
  return [
    createRole(`${databaseName}_owner`),
    createRole(`${databaseName}_reader`),
    `GRANT ${owner} TO CURRENT_USER;`, // whoever runs this sets what its members make
    `REVOKE ALL ON DATABASE ${database} FROM PUBLIC;`,
    `GRANT CONNECT ON DATABASE ${database} TO ${reader};`,
    `GRANT CONNECT, TEMPORARY, CREATE ON DATABASE ${database} TO ${owner};`,
    `GRANT USAGE ON SCHEMA public TO ${reader};`,
    `GRANT USAGE, CREATE ON SCHEMA public TO ${owner};`,
    `ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} IN SCHEMA public GRANT SELECT ON TABLES TO ${reader};`,
    ...(access === "read"
      ? [`GRANT ${reader} TO ${user};`]
      : [`GRANT ${owner} TO ${user};`, `ALTER ROLE ${user} IN DATABASE ${database} SET role TO ${owner};`]),
  ];
}

function createRole(name: string): string {
  const known = `SELECT FROM pg_roles WHERE rolname = ${literal(name)}`;
  return `DO $do$ BEGIN IF NOT EXISTS (${known}) THEN CREATE ROLE ${identifier(name)} NOLOGIN; END IF; END $do$;`;
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
