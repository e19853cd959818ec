import { ArmError, type Json, type ResourceHooks, type ResourcePut } from "../../core/resources.ts";
import type { Accounts } from "./accounts.ts";
import { ASSIGNMENT_TYPE, BUILT_IN_ROLES, DEFINITION_TYPE, dataActions } from "./authorization.ts";
import { readDefinition, readThroughput, refuseChange } from "./definition.ts";
import { containerObject } from "./routes.ts";

export const ACCOUNT_TYPE = "Microsoft.DocumentDB/databaseAccounts";
const DATABASE_TYPE = `${ACCOUNT_TYPE}/sqlDatabases`;
const CONTAINER_TYPE = `${DATABASE_TYPE}/containers`;
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What Cosmos DB does for its ARM types. */
export function cosmosHooks(accounts: Accounts): readonly ResourceHooks[] {
  return [
    accountHooks(accounts),
    databaseHooks(accounts),
    containerHooks(accounts),
    definitionHooks(),
    assignmentHooks(accounts),
  ];
}

function accountHooks(accounts: Accounts): ResourceHooks {
  return {
    type: ACCOUNT_TYPE,
    validate({ desired }) {
      const { properties, kind } = desired;
      if (kind !== undefined && kind !== "GlobalDocumentDB") {
        throw new ArmError(501, "NotImplemented", `The local Cosmos DB does not emulate accounts of kind ${kind}.`);
      }
      if (properties.databaseAccountOfferType !== "Standard") throw bad("databaseAccountOfferType must be 'Standard'.");
      if (!Array.isArray(properties.locations) || properties.locations.length === 0)
        throw bad("At least one location is required.");
    },
    async put({ desired }) {
      const account = await accounts.open(desired);
      const location = { id: `${desired.name}-local`, locationName: account.region, failoverPriority: 0 };
      const served = {
        ...location,
        documentEndpoint: account.endpoint,
        provisioningState: "Succeeded",
        isZoneRedundant: false,
      };
      return {
        documentEndpoint: account.endpoint,
        instanceId: account.instanceId,
        consistencyPolicy: {
          defaultConsistencyLevel: account.consistency,
          maxIntervalInSeconds: 5,
          maxStalenessPrefix: 100,
          ...asObject(desired.properties.consistencyPolicy),
        },
        readLocations: [served],
        writeLocations: [served],
        failoverPolicies: [location],
      };
    },
    delete: (resource) => accounts.remove(resource.id),
  };
}

function databaseHooks(accounts: Accounts): ResourceHooks {
  return {
    type: DATABASE_TYPE,
    validate({ desired }) {
      const id = asObject(desired.properties.resource)?.id;
      if (id !== desired.name) throw bad(`The resource id '${id}' must be the name '${desired.name}'.`);
    },
    async put({ desired }) {
      const { store } = await accounts.ofChild(desired.id);
      const { rid, etag, ts } = store.putDatabase(desired.name, readThroughput(desired.properties));
      const resource = {
        id: desired.name,
        _rid: rid,
        _self: `dbs/${rid}/`,
        _etag: etag,
        _ts: ts,
        _colls: "colls/",
        _users: "users/",
      };
      return { resource };
    },
    async delete(resource) {
      const account = await accounts.ofChild(resource.id);
      account.store.deleteDatabase(resource.name);
    },
  };
}

function containerHooks(accounts: Accounts): ResourceHooks {
  return {
    type: CONTAINER_TYPE,
    validate({ desired, existing }) {
      const definition = readDefinition(desired.name, desired.properties);
      if (existing) refuseChange(readDefinition(existing.name, existing.properties), definition);
    },
    async put({ desired }) {
      const { store } = await accounts.ofChild(desired.id);
      const definition = readDefinition(desired.name, desired.properties);
      const database = databaseOf(desired.id);
      if (!store.database(database))
        throw new ArmError(404, "ParentResourceNotFound", `There is no database ${database}.`);
      const container = store.putContainer(database, definition, readThroughput(desired.properties));
      return { resource: containerObject(container) };
    },
    async delete(resource) {
      const account = await accounts.ofChild(resource.id);
      account.store.deleteContainer(databaseOf(resource.id), resource.name);
    },
  };
}

function definitionHooks(): ResourceHooks {
  return {
    type: DEFINITION_TYPE,
    validate({ desired }) {
      requireGuid(desired.name);
      if (BUILT_IN_ROLES[desired.name]) throw bad("A built-in role definition cannot be changed.");
      const actions = dataActions(desired.properties);
      if (typeof desired.properties.roleName !== "string") throw bad("A role definition needs a roleName.");
      const foreign = actions.find((action) => !action.startsWith("Microsoft.DocumentDB/databaseAccounts/"));
      if (actions.length === 0 || foreign !== undefined)
        throw bad(`The data actions '${foreign ?? ""}' are not valid here.`);
    },
    put: async ({ desired }) => ({ type: "CustomRole", ...desired.properties }),
  };
}

function assignmentHooks(accounts: Accounts): ResourceHooks {
  return {
    type: ASSIGNMENT_TYPE,
    validate(put: ResourcePut) {
      const { desired, existing } = put;
      requireGuid(desired.name);
      const { principalId, roleDefinitionId, scope } = desired.properties;
      const account = desired.id.slice(0, desired.id.lastIndexOf("/sqlRoleAssignments/"));
      if (typeof principalId !== "string" || principalId === "") throw bad("A role assignment needs a principalId.");
      if (typeof scope !== "string" || !isWithin(scope, account))
        throw bad(`The scope '${scope}' is not part of this account.`);
      if (!accounts.roleExists(account, String(roleDefinitionId))) {
        throw new ArmError(
          404,
          "NotFound",
          `The role definition '${roleDefinitionId}' does not exist in this account.`,
        );
      }
      const before = existing?.properties;
      if (before && (before.principalId !== principalId || before.scope !== scope)) {
        throw bad("The principal and the scope of a role assignment cannot be changed.");
      }
    },
  };
}

function isWithin(scope: string, account: string): boolean {
  if (scope.startsWith("/dbs/") || scope === "/") return true;
  return `${scope.toLowerCase()}/`.startsWith(`${account.toLowerCase()}/`);
}

function databaseOf(id: string): string {
  return /\/sqlDatabases\/([^/]+)/i.exec(id)?.[1] ?? "";
}

function requireGuid(name: string): void {
  if (!GUID.test(name)) throw bad(`The name '${name}' must be a GUID.`);
}

function asObject(value: unknown): Json | undefined {
  return typeof value === "object" && value !== null ? (value as Json) : undefined;
}

function bad(message: string): ArmError {
  return new ArmError(400, "BadRequest", message);
}
