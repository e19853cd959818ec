import { AZURE_TYPES, type AzureType, classOf } from "../../arm/types/table.ts";
import type { ArmClient } from "../armClient.ts";
import { claimsOf } from "../credential.ts";
import { type Properties, ProviderError, secret } from "../rpc/logic.ts";
import { idOf, outputsOf } from "./convert.ts";

const NOT_FOUND = 5;
const UNIMPLEMENTED = 12;
const MANAGEMENT = "https://management.azure.com";

/** Functions whose name does not tell class and action: token → class and POST sub-path. */
const SPECIAL: Readonly<Record<string, readonly [token: string, action: string]>> = {
  "web:listStaticSiteSecrets": ["web:StaticSite", "listSecrets"],
  "web:listStaticSiteAppSettings": ["web:StaticSite", "listAppSettings"],
  "web:listStaticSiteFunctionAppSettings": ["web:StaticSite", "listFunctionAppSettings"],
  "web:listWebAppApplicationSettings": ["web:WebAppApplicationSettings", "list"],
  "containerregistry:listRegistryCredentials": ["containerregistry:Registry", "listCredentials"],
  "operationalinsights:getSharedKeys": ["operationalinsights:Workspace", "sharedKeys"],
  "servicebus:listNamespaceKeys": ["servicebus:NamespaceAuthorizationRule", "listKeys"],
  "servicebus:listQueueKeys": ["servicebus:QueueAuthorizationRule", "listKeys"],
  "servicebus:listTopicKeys": ["servicebus:TopicAuthorizationRule", "listKeys"],
  "relay:listNamespaceKeys": ["relay:NamespaceAuthorizationRule", "listKeys"],
  "relay:listHybridConnectionKeys": ["relay:HybridConnectionAuthorizationRule", "listKeys"],
};

/** Functions of the package: `get<Class>`, `list…`, who we are. */
export async function invokeFunction(client: ArmClient, token: string, args: Properties): Promise<Properties> {
  const [, module = "", name = ""] = token.split(":");
  if (token === "azure-native:authorization:getClientConfig") return clientConfig(client);
  if (token === "azure-native:authorization:getClientToken") {
    const endpoint = typeof args.endpoint === "string" ? args.endpoint : MANAGEMENT;
    return { token: secret(await client.credential.token(endpoint.replace(/\/$/, ""))) };
  }
  const special = SPECIAL[`${module}:${name}`];
  if (special) return post(client, classOf(`azure-native:${special[0]}`), args, special[1]);
  if (name.startsWith("get")) {
    const type = classOf(`azure-native:${module}:${name.slice("get".length)}`);
    if (type) return read(client, type, args);
  }
  if (name.startsWith("list")) {
    const [type, action] = listTarget(module, name.slice("list".length));
    if (type) return post(client, type, args, action);
  }
  throw new ProviderError(UNIMPLEMENTED, `the local azure-native has no function ${token}`);
}

/** `StorageAccountKeys` is the class `StorageAccount` and the action `listKeys`; the longest class name wins. */
function listTarget(module: string, rest: string): readonly [AzureType | undefined, string] {
  const prefix = `azure-native:${module}:`;
  const classes = AZURE_TYPES.filter(
    (each) => each.token.startsWith(prefix) && rest.startsWith(each.token.slice(prefix.length)),
  );
  const type = classes.toSorted((a, b) => b.token.length - a.token.length)[0];
  return [type, `list${rest.slice((type?.token.length ?? 0) - prefix.length)}`];
}

async function read(client: ArmClient, type: AzureType, args: Properties): Promise<Properties> {
  const id = idOf(type, args, client.subscriptionId);
  const body = await client.get(id, type.apiVersion ?? "");
  if (!body) throw new ProviderError(NOT_FOUND, `The Resource '${id}' was not found.`);
  return { id: body.id, ...outputsOf(type, body) };
}

async function post(
  client: ArmClient,
  type: AzureType | undefined,
  args: Properties,
  action: string,
): Promise<Properties> {
  if (!type) throw new ProviderError(UNIMPLEMENTED, `the local azure-native does not know the class of ${action}`);
  const answer = await client.post(`${idOf(type, args, client.subscriptionId)}/${action}`, type.apiVersion ?? "");
  return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, secret(value)]));
}

async function clientConfig(client: ArmClient): Promise<Properties> {
  const claims = claimsOf(await client.credential.token(MANAGEMENT));
  return {
    clientId: claims.appid ?? client.signIn.clientId,
    objectId: claims.oid,
    subscriptionId: client.subscriptionId,
    tenantId: claims.tid ?? client.signIn.tenantId,
  };
}
