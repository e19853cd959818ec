import { claimsOf } from "../credential.ts";
import { compare } from "../rpc/compare.ts";
import {
  type CheckArgs,
  type CheckResult,
  type CreateArgs,
  type DiffArgs,
  type DiffResult,
  type Made,
  type Properties,
  ProviderError,
  type ProviderLogic,
  type ReadArgs,
  UNKNOWN,
  type UpdateArgs,
} from "../rpc/logic.ts";
import {
  application,
  federatedCredential,
  identifierUri,
  passwordOf,
  redirectUris,
  servicePrincipal,
} from "./applications.ts";
import { GraphClient } from "./graphClient.ts";
import type { Kind } from "./kinds.ts";
import { appRoleAssignment, group, groupMember, user } from "./people.ts";

const NOT_FOUND = 5;
const UNIMPLEMENTED = 12;

const KINDS: Readonly<Record<string, Kind>> = {
  "azuread:index/application:Application": application,
  "azuread:index/applicationIdentifierUri:ApplicationIdentifierUri": identifierUri,
  "azuread:index/applicationRedirectUris:ApplicationRedirectUris": redirectUris,
  "azuread:index/applicationPassword:ApplicationPassword": passwordOf("applications", "applicationId"),
  "azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential": federatedCredential,
  "azuread:index/servicePrincipal:ServicePrincipal": servicePrincipal,
  "azuread:index/servicePrincipalPassword:ServicePrincipalPassword": passwordOf(
    "servicePrincipals",
    "servicePrincipalId",
  ),
  "azuread:index/appRoleAssignment:AppRoleAssignment": appRoleAssignment,
  "azuread:index/group:Group": group,
  "azuread:index/groupMember:GroupMember": groupMember,
  "azuread:index/user:User": user,
};

/** Functions that look one object up: token → collection, and the fields that may name it. */
const LOOKUPS: Readonly<Record<string, readonly [collection: string, fields: Readonly<Record<string, string>>]>> = {
  getApplication: ["applications", { clientId: "appId", displayName: "displayName" }],
  getServicePrincipal: ["servicePrincipals", { clientId: "appId", displayName: "displayName" }],
  getUser: ["users", { userPrincipalName: "userPrincipalName", mail: "mail" }],
  getGroup: ["groups", { displayName: "displayName" }],
};

/** azuread against Microsoft Graph, or the local directory. */
export class AzureAd implements ProviderLogic {
  readonly name = "azuread";
  readonly version = "6.9.1";
  readonly #env: Readonly<Record<string, string | undefined>>;
  #graph: GraphClient;

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#env = env;
    this.#graph = new GraphClient({}, env);
  }

  async configure(config: Readonly<Record<string, string>>): Promise<void> {
    this.#graph = new GraphClient(config, this.#env);
  }

  async check({ type, news }: CheckArgs): Promise<CheckResult> {
    const kind = KINDS[type];
    if (!kind)
      return { inputs: news, failures: [{ property: "", reason: `the local directory does not serve ${type}` }] };
    const missing = kind.required.filter((name) => news[name] === undefined);
    return {
      inputs: news,
      failures: missing.map((property) => ({ property, reason: `missing required property '${property}'` })),
    };
  }

  async diff({ type, oldInputs, news }: DiffArgs): Promise<DiffResult> {
    const { replaceOn, update } = kindOf(type);
    const changes = compare(oldInputs, news, { replaceOn });
    return {
      changes: update ? changes : changes.map((each) => ({ ...each, replace: true })),
      deleteBeforeReplace: false,
    };
  }

  async create({ type, inputs, preview }: CreateArgs): Promise<Made> {
    const kind = kindOf(type);
    if (preview)
      return { id: "", outputs: { ...inputs, ...Object.fromEntries(kind.computed.map((name) => [name, UNKNOWN])) } };
    return kind.create(this.#graph, inputs);
  }

  async read({ type, id, inputs, outputs }: ReadArgs): Promise<Made | undefined> {
    const found = await kindOf(type).read(this.#graph, id, { ...outputs, ...inputs });
    return found && { id, outputs: found, inputs };
  }

  async update({ type, id, news, oldInputs, oldOutputs, preview }: UpdateArgs): Promise<Properties> {
    if (preview) return { ...oldOutputs, ...news };
    return (await kindOf(type).update?.(this.#graph, id, news, oldInputs)) ?? news;
  }

  async delete({ type, id, outputs }: ReadArgs): Promise<void> {
    await kindOf(type).delete(this.#graph, id, outputs);
  }

  async invoke(token: string, args: Properties): Promise<Properties> {
    const name = token.split(":").at(-1) ?? "";
    if (name === "getClientConfig") {
      const claims = claimsOf(await this.#graph.credential.token("https://graph.microsoft.com"));
      return { clientId: claims.appid, objectId: claims.oid, tenantId: claims.tid };
    }
    const lookup = LOOKUPS[name];
    if (!lookup) throw new ProviderError(UNIMPLEMENTED, `the local azuread has no function ${token}`);
    return this.#find(lookup[0], lookup[1], args);
  }

  async #find(collection: string, fields: Readonly<Record<string, string>>, args: Properties): Promise<Properties> {
    const field = Object.keys(fields).find((name) => args[name] !== undefined);
    const filter = field ? `?$filter=${encodeURIComponent(`${fields[field]} eq '${String(args[field])}'`)}` : "";
    const path = args.objectId === undefined ? `/${collection}${filter}` : `/${collection}/${String(args.objectId)}`;
    const answer = await this.#graph.get(path);
    const found = Array.isArray(answer?.value) ? (answer.value as readonly Properties[])[0] : answer;
    if (!found?.id) throw new ProviderError(NOT_FOUND, `no object of ${collection} fits ${JSON.stringify(args)}`);
    const { id, appId, ...rest } = found;
    return {
      ...rest,
      id: `/${collection}/${String(id)}`,
      objectId: id,
      ...(appId === undefined ? {} : { clientId: appId }),
    };
  }
}

function kindOf(type: string): Kind {
  const kind = KINDS[type];
  if (!kind) throw new ProviderError(UNIMPLEMENTED, `the local directory does not serve ${type}`);
  return kind;
}
