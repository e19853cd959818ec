import { listAt, textAt } from "../inputs.ts";
import { environmentEndpointFee } from "./containers.ts";
import { fixed, HOURS, type Line, type Neighbour, perUse, type Subject } from "./line.ts";

const ENDPOINT = "azure-native:network:PrivateEndpoint";
const ENVIRONMENT_URN = /azure-native:app(?:\/\w+)?:ManagedEnvironment::/;
const ENVIRONMENT_GROUP = "managedEnvironments";

export function privateEndpoint(subject: Subject): readonly Line[] {
  const { monthly_inbound_data_processed_gb: inbound, monthly_outbound_data_processed_gb: outbound } = subject.usage;
  const gb = inbound === undefined && outbound === undefined ? undefined : (inbound ?? 0) + (outbound ?? 0);
  const fee = opensEnvironment(subject) ? environmentEndpointFee(subject, targetOf(subject)) : [];
  return [fixed("endpoint", "pe-endpoint", HOURS), perUse("data", "pe-data", gb), ...fee];
}

/** Whether this is the first endpoint of its Container Apps environment in the plan. */
function opensEnvironment(subject: Subject): boolean {
  if (!isOfEnvironment(subject)) return false;
  const target = targetOf(subject);
  const twins = subject.plan.filter((each) => each.type === ENDPOINT && isOfEnvironment(each));
  if (target === undefined) return true; // two environments must not pass for one
  return twins.find((each) => targetOf(each) === target)?.urn === subject.urn;
}

function isOfEnvironment({ inputs }: Pick<Neighbour, "inputs">): boolean {
  return connections(inputs).some(
    (each) =>
      listAt(each, "groupIds").includes(ENVIRONMENT_GROUP) ||
      textAt(each, "privateLinkServiceId")?.toLowerCase().includes("/microsoft.app/managedenvironments/"),
  );
}

/** The id of the target, or as long as there is none the URN of the environment that the endpoint waits for. */
function targetOf({ inputs, dependencies = [] }: Pick<Neighbour, "inputs" | "dependencies">): string | undefined {
  const ids = connections(inputs).map((each) => textAt(each, "privateLinkServiceId"));
  return ids.find((each) => each !== undefined) ?? dependencies.find((urn) => ENVIRONMENT_URN.test(urn));
}

function connections(inputs: Neighbour["inputs"]): readonly unknown[] {
  return [...listAt(inputs, "privateLinkServiceConnections"), ...listAt(inputs, "manualPrivateLinkServiceConnections")];
}

export function natGateway({ usage }: Subject): readonly Line[] {
  const { monthly_inbound_data_processed_gb: inbound, monthly_outbound_data_processed_gb: outbound } = usage;
  const gb = inbound === undefined && outbound === undefined ? undefined : (inbound ?? 0) + (outbound ?? 0);
  return [fixed("gateway", "nat-gateway", HOURS), perUse("data", "nat-data", gb)];
}

/** The book has no price for a public address: unpriced, not free. */
export function publicAddress(): readonly Line[] {
  return [fixed("public address", "public-ip", HOURS)];
}

export function publicZone(): readonly Line[] {
  return [fixed("public DNS zone", "dns-zone", 1)];
}

export function privateZone(): readonly Line[] {
  return [fixed("private DNS zone", "private-dns-zone", 1)];
}
