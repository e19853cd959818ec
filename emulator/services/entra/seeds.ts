import { randomBytes, randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { Directory } from "./directory.ts";

/** Microsoft Graph's own client id: app roles of the directory itself are assigned on its service principal. */
export const GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000";
/** The public client of the Azure CLI: device code, password and browser sign-in of people at a shell. */
export const CLI_APP_ID = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

export interface SeedUser {
  readonly username: string;
  readonly objectId: string;
  readonly password: string;
  readonly roles: readonly ("operator" | "member")[];
}

export interface SeedTenant {
  readonly id: string;
  readonly name: string;
  readonly domain: string;
  readonly users: readonly SeedUser[];
}

/** What exists from the first start, the same at every later one. */
export interface Seeds {
  readonly subscriptionId: string;
  /** The first tenant is the home of the subscription. */
  readonly tenants: readonly SeedTenant[];
  /** A service principal with Owner on the subscription: stands for a person signed in with the Azure CLI. */
  readonly developer: {
    readonly tenantId: string;
    readonly clientId: string;
    readonly clientSecret: string;
    readonly objectId: string;
  };
}

/** Roles of Microsoft Graph that the local directory honours. Source: Microsoft Graph permissions reference. */
export const GRAPH_ROLES = [
  { id: "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9", value: "Application.ReadWrite.All" },
  { id: "18a4783c-866b-4cc7-a460-3d5e5662c884", value: "Application.ReadWrite.OwnedBy" },
  { id: "06b708a9-e830-4db3-a914-8e69da51d44f", value: "AppRoleAssignment.ReadWrite.All" },
  { id: "19dbc75e-c2e2-444c-a770-ec69d8559fc7", value: "Directory.ReadWrite.All" },
  { id: "7ab1d382-f21e-4acd-a863-ba3e13f7da61", value: "Directory.Read.All" },
] as const;

const PEOPLE = [
  {
    name: "contoso",
    users: [
      { name: "admin", role: "operator" },
      { name: "member", role: "member" },
    ],
  },
  { name: "fabrikam", users: [{ name: "member", role: "member" }] },
] as const;

/** Reads the seeds, or makes them at the first start. Passwords and the developer's secret are random. */
export function ensureSeeds(database: DatabaseSync, directory: Directory): Seeds {
  database.exec("CREATE TABLE IF NOT EXISTS entra_seeds (one INTEGER PRIMARY KEY CHECK (one = 1), body TEXT NOT NULL)");
  const row = database.prepare("SELECT body FROM entra_seeds").get();
  if (row) return JSON.parse(String(row.body)) as Seeds;
  const seeds = makeSeeds();
  fillDirectory(directory, seeds);
  database.prepare("INSERT INTO entra_seeds (one, body) VALUES (1, ?)").run(JSON.stringify(seeds));
  return seeds;
}

function makeSeeds(): Seeds {
  const tenants = PEOPLE.map(({ name, users }) => ({
    id: randomUUID(),
    name,
    domain: `${name}.example`,
    users: users.map((user) => ({
      username: `${user.name}@${name}.example`,
      objectId: randomUUID(),
      password: newSecret(),
      roles: [user.role],
    })),
  }));
  const developer = {
    tenantId: tenants[0]?.id ?? "",
    clientId: randomUUID(),
    clientSecret: newSecret(),
    objectId: randomUUID(),
  };
  return { subscriptionId: randomUUID(), tenants, developer };
}

function fillDirectory(directory: Directory, { tenants, developer }: Seeds): void {
  for (const tenant of tenants) {
    for (const { username, objectId, password, roles } of tenant.users) {
      const body = {
        id: objectId,
        userPrincipalName: username,
        displayName: username,
        mail: username,
        accountEnabled: true,
      };
      directory.save("user", tenant.id, { ...body, seededRoles: roles });
      directory.addSecret(objectId, password);
    }
  }
  const home = developer.tenantId;
  const roles = GRAPH_ROLES.map((role) => ({
    ...role,
    allowedMemberTypes: ["Application"],
    isEnabled: true,
    displayName: role.value,
  }));
  directory.save("servicePrincipal", home, {
    id: randomUUID(),
    appId: GRAPH_APP_ID,
    displayName: "Microsoft Graph",
    appRoles: roles,
  });
  const redirects = { publicClient: { redirectUris: ["http://localhost"] }, isFallbackPublicClient: true };
  const cli = { id: randomUUID(), appId: CLI_APP_ID, displayName: "Azure CLI", signInAudience: "AzureADMultipleOrgs" };
  directory.save("application", home, { ...cli, ...redirects });
  const application = {
    id: randomUUID(),
    appId: developer.clientId,
    displayName: "developer",
    signInAudience: "AzureADMyOrg",
  };
  directory.save("application", home, application);
  directory.addSecret(application.id, developer.clientSecret);
  const principal = {
    id: developer.objectId,
    appId: developer.clientId,
    displayName: "developer",
    servicePrincipalType: "Application",
  };
  directory.save("servicePrincipal", home, { ...principal, accountEnabled: true, directoryAdmin: true });
}

/** 32 random bytes as text; the last characters keep a secret scanner from taking it for one of Azure's. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}
