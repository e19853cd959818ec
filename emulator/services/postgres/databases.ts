import { ArmError, type ArmResource, type Json } from "../../core/resources.ts";
import type { Cluster } from "./cluster.ts";
import { quote } from "./principals.ts";

/** Databases of the service's own, which nobody may drop. */
const SYSTEM = /^(postgres|azure_maintenance|azure_sys|template[01])$/i;

/**
 * Makes the database of an ARM `databases` child, owned by `azure_pg_admin` as on Azure. Every collation named `*.utf8` becomes the
 * cluster's own (C.UTF-8), because the machine may not have it.
 */
export async function createDatabase(cluster: Cluster, { name, properties }: ArmResource): Promise<Json> {
  const { charset = "UTF8", collation = "en_US.utf8" } = properties as { charset?: string; collation?: string };
  if (!/^utf-?8$/i.test(charset))
    throw new ArmError(400, "InvalidParameterValue", `The character set '${charset}' is not offered here; use UTF8.`);
  const [row] = await cluster.query("SELECT 1 FROM pg_database WHERE datname = $1", [name]);
  if (!row) await cluster.query(`CREATE DATABASE ${quote(name)} OWNER azure_pg_admin`);
  return { charset, collation };
}

/** Drops a database and everybody's connections to it. */
export async function dropDatabase(cluster: Cluster, name: string): Promise<void> {
  if (SYSTEM.test(name))
    throw new ArmError(400, "InvalidDatabaseName", `The system database '${name}' cannot be dropped.`);
  await cluster.release(name);
  await cluster.query(`DROP DATABASE IF EXISTS ${quote(name)} WITH (FORCE)`);
}
