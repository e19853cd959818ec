import type { ResourceReader } from "../../core/resources.ts";
import type { Caller } from "../../core/tokens.ts";
import type { Cluster } from "./cluster.ts";

/** A database role that signs in with an Entra token. */
export interface Principal {
  readonly role: string;
  /** Undefined when `pgaadauth_create_principal` was given only a name: then the token's own names decide. */
  readonly objectId: string | undefined;
  readonly type: "user" | "service" | "group";
}

const IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities";

/** The Entra role of this name, or undefined: then it is a password role, or none. */
export async function findPrincipal(cluster: Cluster, role: string): Promise<Principal | undefined> {
  const [row] = await cluster.query(
    "SELECT p.object_id, p.object_type FROM azure_ad.principals p JOIN pg_roles r ON r.rolname = p.role WHERE p.role = $1",
    [role],
  );
  if (!row) return undefined;
  const objectId = row.object_id === null ? undefined : String(row.object_id);
  return { role, objectId, type: row.object_type as Principal["type"] };
}

/** Does the token belong to the role? By object id (of the caller or of one of its groups), or by name when no object id is known. */
export function isPrincipal(principal: Principal, caller: Caller, resources: ResourceReader): boolean {
  const { objectId, role, type } = principal;
  if (objectId) {
    const ids = type === "group" ? caller.groups : [caller.objectId];
    return ids.some((id) => id.toLowerCase() === objectId.toLowerCase());
  }
  const { claims } = caller;
  const identity = String(claims.xms_mirid ?? "")
    .split("/")
    .at(-1);
  const names = [
    claims.upn,
    claims.unique_name,
    claims.preferred_username,
    claims.app_displayname,
    identity || undefined,
  ];
  if (names.some((name) => typeof name === "string" && name.toLowerCase() === role.toLowerCase())) return true;
  return resources
    .list(IDENTITY)
    .some((each) => each.name.toLowerCase() === role.toLowerCase() && each.properties.principalId === caller.objectId);
}

/** Makes a role for an ARM `administrators` child, or makes an existing Entra role an administrator. */
export async function addAdministrator(cluster: Cluster, principal: Principal): Promise<void> {
  const { role, objectId, type } = principal;
  if (!(await findPrincipal(cluster, role))) {
    await cluster.query("SELECT pgaadauth_create_principal_with_oid($1, $2, $3, true, false)", [role, objectId, type]);
    return;
  }
  await cluster.query(`ALTER ROLE ${quote(role)} LOGIN CREATEDB CREATEROLE`);
  await cluster.query(`GRANT azure_pg_admin TO ${quote(role)}`);
  const update = "UPDATE azure_ad.principals SET object_id = $2, object_type = $3, is_admin = true WHERE role = $1";
  await cluster.query(update, [role, objectId?.toLowerCase(), type]);
}

/** Takes the rights of an administrator; the role and what it owns stay, but it can no longer sign in. */
export async function removeAdministrator(cluster: Cluster, role: string): Promise<void> {
  const [row] = await cluster.query("DELETE FROM azure_ad.principals WHERE role = $1 RETURNING role", [role]);
  if (!row) return;
  await cluster.query(`ALTER ROLE ${quote(role)} NOCREATEDB NOCREATEROLE`);
  await cluster.query(`REVOKE azure_pg_admin, azure_ad_user FROM ${quote(role)}`);
}

/** Makes or updates the password administrator of a server (`administratorLogin`). */
export async function setPasswordAdministrator(cluster: Cluster, role: string, password: string): Promise<void> {
  const [row] = await cluster.query("SELECT 1 FROM pg_roles WHERE rolname = $1", [role]);
  if (!row) await cluster.query(`CREATE ROLE ${quote(role)} LOGIN CREATEDB CREATEROLE IN ROLE azure_pg_admin`);
  const [statement] = await cluster.query("SELECT format('ALTER ROLE %I PASSWORD %L', $1::text, $2::text) AS sql", [
    role,
    password,
  ]);
  await cluster.query(String(statement?.sql));
}

/** An SQL identifier. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
