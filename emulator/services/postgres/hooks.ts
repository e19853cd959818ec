import { ArmError, type ArmResource, type Json, type ResourceHooks, type ResourcePut } from "../../core/resources.ts";
import { createDatabase, dropDatabase } from "./databases.ts";
import { toNumber } from "./firewall.ts";
import { setParameter } from "./parameters.ts";
import { addAdministrator, type Principal, removeAdministrator } from "./principals.ts";
import type { PostgresServer } from "./server.ts";

const SERVER = "Microsoft.DBforPostgreSQL/flexibleServers";
/** Reserved by Azure and by Postgres (Microsoft Learn, "Create users"). */
const RESERVED_LOGINS = /^(azure_superuser|azuresu|azure_pg_admin|admin|administrator|root|guest|public|pg_.*)$/i;
/** The emulator's programs are of this version, whatever version is asked for. */
const VERSIONS = /^(1[1-8])$/;

/** The servers that are open now. */
export interface Servers {
  /** Opens (and creates) the server of this resource. */
  open(id: string, name: string): Promise<PostgresServer>;
  find(id: string): PostgresServer | undefined;
  remove(id: string): Promise<void>;
}

/** What ARM does through this service. */
export function postgresHooks(servers: Servers): readonly ResourceHooks[] {
  const parentOf = (child: ArmResource) => requireServer(servers, child);
  return [
    serverHooks(servers),
    {
      type: `${SERVER}/databases`,
      put: async ({ desired }) => createDatabase(parentOf(desired).cluster, desired),
      delete: async (database) => dropDatabase(parentOf(database).cluster, database.name),
    },
    {
      type: `${SERVER}/administrators`,
      validate: ({ desired }) => required(desired, ["principalName", "principalType"]),
      put: async ({ desired }) => void (await addAdministrator(parentOf(desired).cluster, toPrincipal(desired))),
      delete: async (child) => removeAdministrator(parentOf(child).cluster, String(child.properties.principalName)),
    },
    { type: `${SERVER}/firewallRules`, validate: validateRule },
    configurationHooks(servers),
  ];
}

function serverHooks(servers: Servers): ResourceHooks {
  const act = (work: (server: PostgresServer) => Promise<void>) => async (resource: ArmResource) => {
    const server = servers.find(resource.id);
    if (server) await work(server);
    return {};
  };
  return {
    type: SERVER,
    secretPaths: ["administratorLoginPassword"],
    validate: validateServer,
    put: async ({ desired, existing }) => {
      const server = await servers.open(existing?.id ?? desired.id, desired.name);
      const port = await server.open();
      if (server.state === "Ready") await server.configure(desired);
      return serverProperties(desired, port);
    },
    read: (resource) => ({ state: servers.find(resource.id)?.state ?? "Starting" }),
    delete: (resource) => servers.remove(resource.id),
    actions: {
      start: act((server) => server.resume()),
      stop: act((server) => server.halt()),
      restart: act((server) => server.restart()),
    },
  };
}

function serverProperties({ properties }: ArmResource, port: number): Json {
  const version = String(properties.version ?? "18");
  const authConfig = { activeDirectoryAuth: "Disabled", passwordAuth: "Enabled", ...(properties.authConfig as Json) };
  const storage = { storageSizeGB: 32, autoGrow: "Disabled", ...(properties.storage as Json) };
  const network = { publicNetworkAccess: "Enabled", ...(properties.network as Json) };
  const fixed = { availabilityZone: "1", replicationRole: "Primary", minorVersion: "0" };
  return {
    ...fixed,
    version,
    authConfig,
    storage,
    network,
    state: "Ready",
    fullyQualifiedDomainName: `localhost:${port}`,
  };
}

function validateServer({ desired }: ResourcePut): void {
  const { version, administratorLogin, authConfig } = desired.properties;
  if (version !== undefined && !VERSIONS.test(String(version))) {
    throw new ArmError(
      400,
      "InvalidParameterValue",
      `Invalid value given for parameter Version: '${version}'. Specify 11 to 18.`,
    );
  }
  const auth = (authConfig ?? {}) as { readonly activeDirectoryAuth?: string; readonly passwordAuth?: string };
  if (auth.passwordAuth === "Disabled" && auth.activeDirectoryAuth !== "Enabled") {
    throw new ArmError(400, "AuthenticationRequired", "Enable Microsoft Entra or password authentication.");
  }
  if (administratorLogin !== undefined && RESERVED_LOGINS.test(String(administratorLogin))) {
    throw new ArmError(400, "InvalidAdminUserName", `The login '${administratorLogin}' is reserved.`);
  }
}

function configurationHooks(servers: Servers): ResourceHooks {
  return {
    type: `${SERVER}/configurations`,
    put: async ({ desired }) => {
      const server = requireServer(servers, desired);
      const { value, source } = desired.properties;
      const parameter = await setParameter(server.cluster, desired.name, String(value ?? ""));
      if (!parameter.isDynamicConfig) server.pendingRestart.add(desired.name.toLowerCase());
      return { ...parameter, source: source ?? "user-override" };
    },
    read: (resource) => {
      const pending = servers.find(parentId(resource))?.pendingRestart.has(resource.name.toLowerCase());
      return { isConfigPendingRestart: pending ?? false };
    },
  };
}

function toPrincipal({ name, properties }: ArmResource): Principal {
  const types: Readonly<Record<string, Principal["type"]>> = {
    user: "user",
    group: "group",
    serviceprincipal: "service",
  };
  const type = types[String(properties.principalType).toLowerCase()] ?? "service";
  return { role: String(properties.principalName), objectId: name.toLowerCase(), type };
}

function validateRule({ desired }: ResourcePut): void {
  required(desired, ["startIpAddress", "endIpAddress"]);
  const [start, end] = [
    toNumber(String(desired.properties.startIpAddress)),
    toNumber(String(desired.properties.endIpAddress)),
  ];
  if (start === undefined || end === undefined || start > end) {
    throw new ArmError(
      400,
      "InvalidParameterValue",
      "A firewall rule needs a start address at or before its end address.",
    );
  }
}

function required({ properties }: ArmResource, names: readonly string[]): void {
  for (const name of names) {
    if (!properties[name]) throw new ArmError(400, "MissingRequiredParameter", `The property '${name}' is required.`);
  }
}

function requireServer(servers: Servers, child: ArmResource): PostgresServer {
  const server = servers.find(parentId(child));
  if (!server) throw new ArmError(404, "ParentResourceNotFound", `The server of '${child.id}' was not found.`);
  if (server.state !== "Ready") throw new ArmError(409, "ServerStopped", "The server is stopped; start it first.");
  return server;
}

function parentId({ id }: ArmResource): string {
  return id.split("/").slice(0, -2).join("/");
}
