import type { PlannedResource } from "../plan/resource.ts";
import { isUnknown } from "../plan/resource.ts";
import { ARM_TYPES, namespaceOf } from "./armTypes.ts";
import { containerAppFindings } from "./containerApps.ts";
import type { SubscriptionFacts } from "./facts.ts";
import { explainedBy, type PreflightFinding, type PreflightRequest } from "./finding.ts";
import { offerFindings, plain, regionOf } from "./offers.ts";
import { quotaFindings } from "./quotas.ts";

/** What of a plan would fail in the subscription as it is. Pure: errors first, each resource in the plan's order. */
export function preflight(request: PreflightRequest): readonly PreflightFinding[] {
  const { standing, resources } = request;
  const fresh = standing ? { ...request, resources: resources.filter(({ urn }) => !standing.has(urn)) } : request;
  const findings = [
    ...nameFindings(fresh),
    ...providerFindings(fresh),
    ...rightFindings(fresh),
    ...offerFindings(fresh),
    ...quotaFindings(fresh),
    ...containerAppFindings(request),
    ...request.facts.unread.map(unread),
  ];
  return [...findings.filter(isError), ...findings.filter((each) => !isError(each))];
}

function isError({ severity }: PreflightFinding): boolean {
  return severity === "error";
}

const SOFT_DELETED: Readonly<Record<string, string>> = {
  "Microsoft.KeyVault/vaults": "soft-deleted-vault",
  "Microsoft.AppConfiguration/configurationStores": "soft-deleted-app-configuration",
  "Microsoft.ApiManagement/service": "soft-deleted-api-management",
  "Microsoft.CognitiveServices/accounts": "soft-deleted-cognitive",
};

/** Names that something deleted holds, and names that somebody has. What exists already keeps its own name. */
function nameFindings({ resources, facts }: PreflightRequest): readonly PreflightFinding[] {
  return resources.flatMap((resource) => {
    const row = ARM_TYPES[resource.type];
    const name = row && resource.inputs[row.nameInput];
    if (!row || typeof name !== "string" || isUnknown(name)) return [];
    const { armType } = row;
    if (facts.existing.includes(`${armType}/${name}`.toLowerCase())) return [];
    const isSame = (each: { readonly type: string; readonly name: string }) =>
      each.type.toLowerCase() === armType.toLowerCase() && each.name.toLowerCase() === name.toLowerCase();
    const deleted = facts.deleted.find(isSame);
    if (deleted) {
      const until = deleted.purgeAt ? ` until ${deleted.purgeAt.slice(0, 10)}` : "";
      const guard = deleted.purgeProtected ? "; it is protected against purging" : "";
      const message = `The name ${name} is held by a deleted resource of the type ${armType}${until}${guard}.`;
      return [
        explainedBy(SOFT_DELETED[armType] ?? "name-taken", {
          id: "NAME_SOFT_DELETED",
          severity: "error",
          resource: resource.urn,
          message,
        }),
      ];
    }
    const taken = facts.taken.find(isSame);
    if (!taken) return [];
    const message = `The name ${name} cannot be had: ${taken.message}`;
    const advice = armType === "Microsoft.Storage/storageAccounts" ? "storage-name-taken" : "name-taken";
    return [explainedBy(advice, { id: "NAME_TAKEN", severity: "error", resource: resource.urn, message })];
  });
}

/** Providers that are not registered (once each), and types that the region does not have. */
function providerFindings({ region, resources, facts }: PreflightRequest): readonly PreflightFinding[] {
  const needed = [...new Set(resources.flatMap(({ type }) => namespaceOf(type) ?? []))];
  const missing = needed.flatMap((namespace) => {
    const fact = facts.providers.find((each) => each.namespace.toLowerCase() === namespace.toLowerCase());
    if (!fact || fact.state === "Registered") return [];
    const message = `The provider ${namespace} is ${fact.state === "Registering" ? "still being registered" : "not registered in the subscription"}.`;
    const severity = fact.state === "Registering" ? "warning" : "error";
    return [explainedBy("provider-not-registered", { id: "PROVIDER_NOT_REGISTERED", severity, resource: "", message })];
  });
  return [...missing, ...resources.flatMap((resource) => regionFinding(resource, region, facts))];
}

function regionFinding(
  resource: PlannedResource,
  region: string,
  facts: SubscriptionFacts,
): readonly PreflightFinding[] {
  const armType = ARM_TYPES[resource.type]?.armType;
  const [namespace = "", type = ""] = armType?.split("/") ?? [];
  const locations = facts.providers.find((each) => each.namespace.toLowerCase() === namespace.toLowerCase())?.locations[
    type
  ];
  const wanted = regionOf(resource, region);
  if (!locations || locations.length === 0 || wanted === "global" || locations.some((each) => plain(each) === wanted))
    return [];
  const message = `${armType} is not offered in ${wanted}; it is in: ${locations.map(plain).join(", ")}.`;
  return [
    explainedBy("location-not-available", { id: "NOT_IN_REGION", severity: "error", resource: resource.urn, message }),
  ];
}

const ASSIGN = "Microsoft.Authorization/roleAssignments/write";

/** Actions that the update needs and no role of the caller has; one finding for each. */
function rightFindings({ resources, facts }: PreflightRequest): readonly PreflightFinding[] {
  const { permissions } = facts;
  if (!permissions) return [];
  const needed = new Map<string, PlannedResource>();
  for (const resource of resources) {
    const action = actionOf(resource.type);
    if (action && !needed.has(action)) needed.set(action, resource);
  }
  return [...needed].flatMap(([action, { urn }]) => {
    if (permissions.some((each) => permits(each, action))) return [];
    const advice = action === ASSIGN ? "role-assignment-denied" : "authorization-failed";
    const message = `The signed-in identity may not do ${action}.`;
    return [explainedBy(advice, { id: "RIGHT_MISSING", severity: "error", resource: urn, message })];
  });
}

function actionOf(type: string): string | undefined {
  if (type === "azure-native:authorization:RoleAssignment") return ASSIGN;
  if (type === "azure-native:resources:ResourceGroup") return "Microsoft.Resources/subscriptions/resourceGroups/write";
  const row = ARM_TYPES[type];
  return row && `${row.armType}/write`;
}

/** Source: Microsoft Learn, "Azure role definitions", actions and notActions. */
function permits(
  { actions, notActions }: { readonly actions: readonly string[]; readonly notActions: readonly string[] },
  action: string,
): boolean {
  const covers = (pattern: string) =>
    new RegExp(
      `^${pattern
        .split("*")
        .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
        .join(".*")}$`,
      "i",
    ).test(action);
  return actions.some(covers) && !notActions.some(covers);
}

function unread({ what, reason }: SubscriptionFacts["unread"][number]): PreflightFinding {
  return {
    id: "FACT_UNREAD",
    severity: "warning",
    resource: "",
    message: `${what} could not be read: ${reason}`,
    advice: "Give the identity Reader on the subscription, or look by hand.",
  };
}
