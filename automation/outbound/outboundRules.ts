import type { TargetRules } from "./target.ts";

/** Variables that name the platform's own services. */
const OWN = [
  "AZURE_COSMOS_ENDPOINT",
  "AZURE_SERVICE_BUS_HOST",
  "AZURE_STORAGE_BLOB_ENDPOINT",
  "AZURE_KEY_VAULT_ENDPOINT",
  "AZURE_CONTAINER_REGISTRY_ENDPOINT",
  "AZURE_RESOURCE_MANAGER_ENDPOINT",
  "AZURE_AUTHORITY_HOST",
  "DEVFACTORY_AUTHORITY",
  "IDENTITY_ENDPOINT",
] as const;

interface OutboundSettings {
  readonly DEVFACTORY_OUTBOUND: "public" | "loopback";
  readonly DEVFACTORY_OUTBOUND_PORTS: readonly number[];
}

/** Whom this process may call for somebody: by its settings, and never the services that it stands on. */
export function outboundRules(
  settings: OutboundSettings,
  environment: Readonly<Record<string, string | undefined>>,
): TargetRules {
  const own = OWN.flatMap((name) => hostOf(environment[name]) ?? []);
  return { reach: settings.DEVFACTORY_OUTBOUND, ports: settings.DEVFACTORY_OUTBOUND_PORTS, own };
}

/** `name` or `name:port` of an address, or of a host that stands alone. */
function hostOf(value: string | undefined): string | undefined {
  if (!value) return undefined;
  return value.includes("://") && URL.canParse(value) ? new URL(value).host : value.replace(/\/.*$/, "");
}
