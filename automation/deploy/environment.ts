import { TELEMETRY_VARIABLES } from "../telemetry/telemetry.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What the deployment process and the engine below it may see; everything else of the worker stays out. */
const PASSED = [
  "PATH",
  "HOME",
  "TMPDIR",
  "LANG",
  "NODE_COMPILE_CACHE",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "AZURE_RESOURCE_MANAGER_ENDPOINT",
  "AZURE_AUTHORITY_HOST",
  "AZURE_SUBSCRIPTION_ID",
  "AZURE_TENANT_ID",
  "AZURE_CLIENT_ID",
  "PULUMI_HOME",
  "PULUMI_BACKEND_URL",
  "PULUMI_CONFIG_PASSPHRASE",
  "PULUMI_CONFIG_PASSPHRASE_FILE",
  "ARM_SUBSCRIPTION_ID",
  "ARM_TENANT_ID",
  "ARM_CLIENT_ID",
  "ARM_ENVIRONMENT",
  "ARM_METADATA_HOSTNAME",
  ...TELEMETRY_VARIABLES,
] as const;

/** Only where no identity endpoint is: a developer's shell or a pipeline. */
const SECRETS = ["AZURE_CLIENT_SECRET", "ARM_CLIENT_SECRET"] as const;

/** Environment of the deployment process: in a replica the provider signs in with the replica's identity. */
export function deployEnvironment(environment: Environment): Record<string, string> {
  const names: readonly string[] = environment.IDENTITY_ENDPOINT ? PASSED : [...PASSED, ...SECRETS];
  const passed = Object.fromEntries(
    names.flatMap((name) => {
      const value = environment[name];
      return value ? [[name, value]] : [];
    }),
  );
  const settings = { PULUMI_SKIP_UPDATE_CHECK: "true", PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK: "true" };
  const { IDENTITY_ENDPOINT: endpoint, IDENTITY_HEADER: header } = environment;
  if (!endpoint) return { ...passed, ...settings };
  const { AZURE_CLIENT_ID, AZURE_TENANT_ID, AZURE_SUBSCRIPTION_ID } = environment;
  const identity = { ARM_USE_MSI: "true", IDENTITY_ENDPOINT: endpoint, IDENTITY_HEADER: header };
  // The endpoint under the name by which older releases of the provider look for it.
  const provider = { ARM_MSI_ENDPOINT: endpoint, ARM_CLIENT_ID: AZURE_CLIENT_ID, ARM_TENANT_ID: AZURE_TENANT_ID };
  const all = { ...passed, ...settings, ...identity, ...provider, ARM_SUBSCRIPTION_ID: AZURE_SUBSCRIPTION_ID };
  return Object.fromEntries(Object.entries(all).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}
