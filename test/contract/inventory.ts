import { armEndpoint } from "@devfactory/automation/azure/arm.ts";
import { createCredential } from "@devfactory/automation/azure/credential.ts";

type Environment = Readonly<Record<string, string>>;

/** Lists of a subscription, with an api-version that each knows. */
const LISTS = {
  resourcegroups: "2021-04-01",
  resources: "2021-04-01",
  "providers/Microsoft.Authorization/roleAssignments": "2022-04-01",
  "providers/Microsoft.Authorization/locks": "2020-05-01",
} as const;

/** Collections of Microsoft Graph, which the local authority serves beside sign-in. */
const DIRECTORY = ["applications", "servicePrincipals", "groups"] as const;
const GRAPH_SCOPE = "https://graph.microsoft.com/.default";

/** Ids of all that ARM lists in the subscription (groups, resources, rights, locks) and Entra ID in the tenant; sorted. */
export async function inventory(env: Environment): Promise<readonly string[]> {
  const { endpoint, scope } = armEndpoint(env);
  const subscription = `${endpoint}/subscriptions/${env.AZURE_SUBSCRIPTION_ID}`;
  const graph = `${(env.AZURE_AUTHORITY_HOST ?? "").replace(/\/+$/, "")}/v1.0`;
  const lists = [
    ...Object.entries(LISTS).map(([list, version]) =>
      listIds(env, scope, `${subscription}/${list}?api-version=${version}`),
    ),
    ...DIRECTORY.map((collection) => listIds(env, GRAPH_SCOPE, `${graph}/${collection}`)),
  ];
  return (await Promise.all(lists)).flat().sort();
}

async function listIds(env: Environment, scope: string, first: string): Promise<readonly string[]> {
  const token = await createCredential(env).getToken(scope);
  const ids: string[] = [];
  let next: string | undefined = first;
  while (next) {
    const response: Response = await fetch(next, { headers: { authorization: `Bearer ${token?.token}` } });
    if (!response.ok) throw new Error(`${next} answers ${response.status}: ${await response.text()}`);
    const page = (await response.json()) as { value: { id: string }[]; nextLink?: string };
    ids.push(...page.value.map(({ id }) => id));
    next = page.nextLink;
  }
  return ids;
}
