import { ArmError } from "../../core/resources.ts";
import type { Cluster } from "./cluster.ts";

export const TLS_PARAMETER = "require_secure_transport";
/** Parameters of Azure's own: the proxy reads the first from ARM, the extension gate the second from the server's file. */
const AZURE_PARAMETERS: Readonly<Record<string, string>> = { [TLS_PARAMETER]: "on", "azure.extensions": "" };
/** What would lead out of the data folder, past the proxy or into another program. */
const FORBIDDEN =
  /^(listen_addresses|port|unix_socket.*|data_directory|hba_file|ident_file|config_file|external_pid_file|archive_command|archive_library|restore_command|.*_cleanup_command|ssl|ssl_(?!(min|max)_protocol_version).*|dynamic_library_path|extension_control_path|.*preload_libraries|log_directory|recovery_end_command|cluster_name)$/;

/** What ARM shows of a server parameter. */
export interface Parameter {
  readonly value: string;
  readonly defaultValue: string;
  readonly dataType: string;
  readonly description: string;
  readonly isDynamicConfig: boolean;
  readonly isReadOnly: boolean;
  readonly isConfigPendingRestart: boolean;
}

/**
 * Sets a server parameter (`ALTER SYSTEM`); a static one waits for the server's next restart.
 *
 * @throws {ArmError} 400 when the parameter or its value is not valid, or would break the server's frame
 */
export async function setParameter(cluster: Cluster, name: string, value: string): Promise<Parameter> {
  const key = name.toLowerCase();
  if (FORBIDDEN.test(key))
    throw new ArmError(400, "InvalidParameterName", `The server parameter '${name}' is read-only.`);
  if (key === TLS_PARAMETER) return describeParameter(cluster, key, requireSwitch(value));
  if (!(key in AZURE_PARAMETERS)) await requireKnown(cluster, name, key);
  const [statement] = await cluster.query("SELECT format('ALTER SYSTEM SET %s TO %L', $1::text, $2::text) AS sql", [
    key,
    value,
  ]);
  try {
    await cluster.query(String(statement?.sql));
  } catch (cause) {
    const message = `The value '${value}' of the server parameter '${name}' is not valid: ${(cause as Error).message}.`;
    throw Object.assign(new ArmError(400, "InvalidParameterValue", message), { cause });
  }
  await cluster.query("SELECT pg_reload_conf()");
  return describeParameter(cluster, key, value);
}

function requireSwitch(value: string): string {
  if (/^(on|off)$/i.test(value)) return value.toLowerCase();
  throw new ArmError(400, "InvalidParameterValue", `The value '${value}' of '${TLS_PARAMETER}' must be on or off.`);
}

async function requireKnown(cluster: Cluster, name: string, key: string): Promise<void> {
  const [row] = await cluster.query("SELECT context FROM pg_settings WHERE name = $1", [key]);
  if (!row || row.context === "internal") {
    throw new ArmError(400, "InvalidParameterName", `The server parameter '${name}' does not exist or is read-only.`);
  }
}

async function describeParameter(cluster: Cluster, key: string, value: string): Promise<Parameter> {
  const [row] = await cluster.query(
    "SELECT s.boot_val, s.vartype, s.short_desc, s.context FROM pg_settings s WHERE s.name = $1",
    [key],
  );
  const isDynamicConfig = row?.context !== "postmaster";
  return {
    value,
    defaultValue: AZURE_PARAMETERS[key] ?? String(row?.boot_val ?? ""),
    dataType: row?.vartype === "bool" ? "Boolean" : row?.vartype === "integer" ? "Integer" : "String",
    description: String(row?.short_desc ?? ""),
    isDynamicConfig,
    isReadOnly: false,
    isConfigPendingRestart: !isDynamicConfig,
  };
}
