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

/** Ids of everything that ARM lists in the subscription: groups, resources, rights and locks; sorted. */
export async function inventory(env: Environment): Promise<readonly string[]> {
  const lists = Object.entries(LISTS).map(([list, version]) => listIds(env, `${list}?api-version=${version}`));
  return (await Promise.all(lists)).flat().sort();
}

async function listIds(env: Environment, path: string): Promise<readonly string[]> {
  const { endpoint, scope } = armEndpoint(env);
  const token = await createCredential(env).getToken(scope);
  const ids: string[] = [];
  let next: string | undefined = `${endpoint}/subscriptions/${env.AZURE_SUBSCRIPTION_ID}/${path}`;
  while (next) {
    const response: Response = await fetch(next, { headers: { authorization: `Bearer ${token?.token}` } });
    if (!response.ok) throw new Error(`${next} answers ${response.status}: ${await response.text()}`);
    const page = (await response.json()) as { value: { id: string }[]; nextLink?: string };
    ids.push(...page.value.map(({ id }) => id));
    next = page.nextLink;
  }
  return ids;
}
