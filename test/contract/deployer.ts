import { randomUUID } from "node:crypto";
import { armEndpoint } from "@devfactory/automation/azure/arm.ts";
import { createCredential } from "@devfactory/automation/azure/credential.ts";
import { APP_ROLES, delegationCondition, ROLES, type RoleName } from "@devfactory/components/index.ts";

type Environment = Readonly<Record<string, string>>;

const GRAPH_SCOPE = "https://graph.microsoft.com/.default";
const ASSIGNMENTS = "providers/Microsoft.Authorization/roleAssignments";

/** What the platform gives its worker on the subscription (`deployGrant` in stacks/platform), and no more. */
const RIGHTS: readonly { readonly role: RoleName; readonly condition?: string }[] = [
  { role: "contributor" },
  { role: "locksContributor" },
  { role: "accessAdministrator", condition: delegationCondition(APP_ROLES) },
];

/**
 * Makes a service principal that may what the platform's worker may.
 *
 * @param env of the developer, who owns the subscription and rules the directory
 * @returns the variables with which it signs in
 */
export async function makeDeployer(env: Environment): Promise<Environment> {
  const graph = `${(env.AZURE_AUTHORITY_HOST ?? "").replace(/\/+$/, "")}/v1.0`;
  const post = (path: string, body: object) => send(env, GRAPH_SCOPE, "POST", `${graph}/${path}`, body);
  const { id, appId } = await post("applications", { displayName: "deployer" });
  const principal = await post("servicePrincipals", { appId });
  const password = await post(`applications/${id}/addPassword`, { passwordCredential: { displayName: "test" } });
  const { endpoint, scope } = armEndpoint(env);
  const subscription = `/subscriptions/${env.AZURE_SUBSCRIPTION_ID}`;
  for (const { role, condition } of RIGHTS) {
    const properties = {
      principalId: principal.id,
      principalType: "ServicePrincipal",
      roleDefinitionId: `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${ROLES[role].id}`,
      ...(condition && { condition, conditionVersion: "2.0" }),
    };
    const at = `${endpoint}${subscription}/${ASSIGNMENTS}/${randomUUID()}?api-version=2022-04-01`;
    await send(env, scope, "PUT", at, { properties });
  }
  return { ARM_CLIENT_ID: String(appId), ARM_CLIENT_SECRET: String(password.secretText) };
}

async function send(env: Environment, scope: string, method: string, url: string, body: object) {
  const token = await createCredential(env).getToken(scope);
  const headers = { authorization: `Bearer ${token?.token}`, "content-type": "application/json" };
  const response = await fetch(url, { method, headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${method} ${url} answers ${response.status}: ${await response.text()}`);
  return (await response.json()) as Readonly<Record<string, unknown>>;
}
