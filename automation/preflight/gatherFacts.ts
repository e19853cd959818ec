import type { TokenCredential } from "@azure/identity";
import {
  ARM_TYPES,
  type ArmTypeRow,
  isUnknown,
  namespaceOf,
  offerTypeOf,
  regionOf,
  type SubscriptionFacts,
  usageProviderOf,
} from "@devfactory/checks/index.ts";
import type { PlanDocument } from "../plan/planDocument.ts";
import { ArmReader } from "./armReader.ts";
import { readOffer } from "./readOffers.ts";
import { readUsages } from "./readUsages.ts";

export interface FactSource {
  readonly subscriptionId: string;
  /** Without a trailing slash. */
  readonly endpoint: string;
  readonly scope: string;
  readonly credential: TokenCredential;
}

interface Named {
  readonly row: ArmTypeRow;
  readonly name: string;
  /** Resource group that it goes to; its id is known only with it. */
  readonly group: string | undefined;
  readonly location: string;
}

type Mutable<Facts> = {
  -readonly [Key in keyof Facts]: Facts[Key] extends readonly (infer Row)[] ? Row[] : Facts[Key];
};

/** What is asked about: resources that do not exist yet. */
export type AskedPlan = Pick<PlanDocument, "region" | "resources">;

/**
 * Asks Azure Resource Manager what a plan needs to know, all at once. Reads only. An answer that is refused, or that is not there when
 * `signal` aborts, becomes an unread fact.
 */
export async function gatherFacts(
  plan: AskedPlan,
  source: FactSource,
  signal?: AbortSignal,
): Promise<SubscriptionFacts> {
  const arm = new ArmReader(source, signal);
  const late = untilAbort(signal);
  const groups = new Groups(arm);
  const named = namedResources(plan);
  const facts: Mutable<SubscriptionFacts> = {
    deleted: [],
    taken: [],
    providers: [],
    usages: [],
    offers: [],
    existing: [],
    unread: [],
  };
  const ask = (what: string, question: () => Promise<void>) =>
    Promise.race([question(), late]).catch((error: unknown) => {
      facts.unread.push({ what, reason: error instanceof Error ? error.message : String(error) });
    });
  const namespaces = [...new Set(plan.resources.flatMap(({ type }) => namespaceOf(type) ?? []))].sort();
  const lists = [
    ...new Map(named.flatMap(({ row }) => (row.deletedList ? [[row.armType, row] as const] : []))).values(),
  ];
  await Promise.all([
    ...namespaces.map((each) =>
      ask(`Registration of ${each}`, async () => void facts.providers.push(await provider(arm, each))),
    ),
    ...lists.map((row) =>
      ask(`Deleted resources of ${row.armType}`, async () => void facts.deleted.push(...(await deleted(arm, row)))),
    ),
    ...named.map((each) => ask(`Name ${each.name}`, () => name(arm, groups, each, facts))),
    ask("Rights of the identity", async () => {
      facts.permissions = await permissions(arm, groups, plan);
    }),
    ...regionsOf(plan, usageProviderOf).map(([provider, region]) =>
      ask(
        `Quotas of ${provider} in ${region}`,
        async () => void facts.usages.push(...(await readUsages(arm, provider, region))),
      ),
    ),
    ...regionsOf(plan, offerTypeOf).map(([type, region]) =>
      ask(`Offer of ${type} in ${region}`, async () => void facts.offers.push(await readOffer(arm, type, region))),
    ),
  ]);
  return { ...facts, providers: facts.providers.sort((a, b) => a.namespace.localeCompare(b.namespace)) };
}

/** Rejects when the time is over: a client that does not stop keeps nobody waiting. */
function untilAbort(signal: AbortSignal | undefined): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined); // nobody waits for it when all was answered
  if (signal?.aborted) reject(signal.reason);
  else signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
  return promise;
}

/** Whether resource groups exist, asked once each: what is in one that does not exist does not exist either. */
class Groups {
  readonly #arm: ArmReader;
  readonly #known = new Map<string, Promise<boolean>>();

  constructor(arm: ArmReader) {
    this.#arm = arm;
  }

  exists(name: string): Promise<boolean> {
    const answer = this.#known.get(name) ?? this.#arm.exists(`/resourceGroups/${name}`, "2021-04-01");
    this.#known.set(name, answer);
    return answer;
  }
}

/** What the plan's types ask about, each with each region that they go to, once. */
function regionsOf<Asked extends string>(
  { resources, region }: AskedPlan,
  asked: (type: string) => Asked | undefined,
): readonly (readonly [Asked, string])[] {
  const pairs = resources.flatMap((resource) => {
    const what = asked(resource.type);
    return what === undefined ? [] : [[what, regionOf(resource, region)] as const];
  });
  return [...new Map(pairs.map((pair) => [pair.join(" "), pair])).values()];
}

function namedResources({ resources, region }: AskedPlan): readonly Named[] {
  return resources.flatMap(({ type, inputs }) => {
    const row = ARM_TYPES[type];
    const given = row && inputs[row.nameInput];
    if (!row || !(row.nameCheck || row.nameHead || row.deletedList || usageProviderOf(type))) return [];
    if (typeof given !== "string" || isUnknown(given)) return [];
    const text = (value: unknown) => (typeof value === "string" && !isUnknown(value) ? value : undefined);
    return [{ row, name: given, group: text(inputs.resourceGroupName), location: text(inputs.location) ?? region }];
  });
}

async function provider(arm: ArmReader, namespace: string) {
  const answer = (await arm.get(`/providers/${namespace}`, "2021-04-01")) as {
    registrationState?: string;
    resourceTypes?: { resourceType: string; locations?: string[] }[];
  };
  const locations = (answer.resourceTypes ?? []).map((each) => [each.resourceType, each.locations ?? []] as const);
  return { namespace, state: answer.registrationState ?? "Unknown", locations: Object.fromEntries(locations) };
}

async function deleted(arm: ArmReader, { deletedList = "", apiVersion, armType }: ArmTypeRow) {
  const rows = (await arm.list(`/providers/${deletedList}`, apiVersion)) as {
    name: string;
    properties?: { scheduledPurgeDate?: string; purgeProtectionEnabled?: boolean };
  }[];
  return rows.map((each) => ({
    type: armType,
    name: each.name,
    purgeProtected: each.properties?.purgeProtectionEnabled === true,
    ...(each.properties?.scheduledPurgeDate && { purgeAt: each.properties.scheduledPurgeDate }),
  }));
}

/** What exists in the plan's own group keeps its name; a name that is not to be had is somebody else's. */
async function name(
  arm: ArmReader,
  groups: Groups,
  { row, name: text, group, location }: Named,
  facts: Mutable<SubscriptionFacts>,
): Promise<void> {
  const { armType, apiVersion, nameCheck, nameHead } = row;
  const own = `/resourceGroups/${group}/providers/${armType}/${text}`;
  if (group !== undefined && (await groups.exists(group)) && (await arm.exists(own, apiVersion))) {
    facts.existing.push(`${armType}/${text}`.toLowerCase());
    return;
  }
  if (nameHead && (await arm.existsAnywhere(`/providers/${nameHead.replace("{name}", text)}`, apiVersion)))
    facts.taken.push({ type: armType, name: text, message: `The name '${text}' is already in use.` });
  if (!nameCheck) return;
  const path = `/providers/${nameCheck.replace("{location}", location)}`;
  const answer = (await arm.post(path, apiVersion, { name: text, type: armType })) as {
    nameAvailable?: boolean;
    /** Azure SQL's word for it. */
    available?: boolean;
    message?: string;
    reason?: string;
  };
  if ((answer.nameAvailable ?? answer.available) === false)
    facts.taken.push({ type: armType, name: text, message: answer.message ?? answer.reason ?? "no reason given" });
}

/** At the plan's own group when it exists, where an identity of one app has its rights, else at the subscription. */
async function permissions(arm: ArmReader, groups: Groups, { resources }: AskedPlan) {
  const group = resources.find(({ type }) => type === "azure-native:resources:ResourceGroup")?.inputs.resourceGroupName;
  const isThere = typeof group === "string" && !isUnknown(group) && (await groups.exists(group));
  const scope = isThere ? `/resourceGroups/${String(group)}` : "";
  const rows = (await arm.list(`${scope}/providers/Microsoft.Authorization/permissions`, "2022-04-01")) as {
    actions?: string[];
    notActions?: string[];
  }[];
  return rows.map(({ actions = [], notActions = [] }) => ({ actions, notActions }));
}
