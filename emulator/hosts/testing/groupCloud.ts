import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ContainerGroup, ContainerInstanceManagementClient } from "@azure/arm-containerinstance";
import { ClientSecretCredential, type TokenCredential } from "@azure/identity";
import { ContainerRegistryManagementClient } from "arm-registry-tasks";
import { type Emulator, startEmulator } from "../../index.ts";
import { buildImage } from "./buildImage.ts";
import { httpsJson } from "./cloud.ts";

const ACR_PULL = "7f951dda-4ed3-4680-a7ca-43fe172d538d";
export const LOCATION = "westeurope";

/** A local Azure with a registry, an identity that pulls from it, and room for container groups. */
export interface GroupCloud extends AsyncDisposable {
  readonly emulator: Emulator;
  readonly credential: TokenCredential;
  readonly client: ContainerInstanceManagementClient;
  /** ARM id of the group `rg`. */
  readonly group: string;
  readonly server: string;
  /** An identity that may pull. */
  readonly identity: { readonly id: string; readonly clientId: string; readonly principalId: string };
  /** A PUT by the developer. @throws when it is refused */
  put(path: string, body: object): Promise<{ readonly properties: Readonly<Record<string, unknown>> }>;
  assign(principalId: string, role: string, scope: string): Promise<void>;
  /** Builds an image. @returns its reference with a digest */
  image(name: string, files: Readonly<Record<string, string>>): Promise<string>;
  /** A whole group with one container. */
  body(image: string, container?: object, group?: object): ContainerGroup;
  /** Ends the local Azure, keeping its data. */
  stop(): Promise<void>;
}

/** @param services rooms besides registry and container groups; @param dataDir reuses the data of an earlier one */
export async function startGroupCloud(services: readonly string[] = [], dataDir?: string): Promise<GroupCloud> {
  const folder = dataDir ?? mkdtempSync(join(tmpdir(), "devfactory-groups-"));
  const emulator = await startEmulator({
    dataDir: folder,
    services: ["registry", "containerInstances", ...services],
    frontDoorPort: 0,
  });
  const { tenantId, clientId, clientSecret } = emulator.developer;
  const authority = { authorityHost: emulator.entra, disableInstanceDiscovery: true };
  const credential = new ClientSecretCredential(tenantId, clientId, clientSecret, authority);
  const endpoint = { endpoint: emulator.arm };
  const group = `/subscriptions/${emulator.subscriptionId}/resourceGroups/rg`;
  const put: GroupCloud["put"] = async (path, body) => {
    const { token } = await credential.getToken("https://management.azure.com/.default");
    const headers = { authorization: `Bearer ${token}` };
    const url = `${emulator.arm}${path}?api-version=2024-01-01`;
    const { certificates } = emulator.context;
    let answer = await httpsJson(certificates.ca, "PUT", url, headers, { location: LOCATION, ...body });
    if (answer.status >= 400) throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
    const going = () => (answer.body.properties as { provisioningState?: string })?.provisioningState === "Creating";
    while (going()) answer = await httpsJson(certificates.ca, "GET", url, headers);
    return answer.body as Awaited<ReturnType<GroupCloud["put"]>>;
  };
  const assign: GroupCloud["assign"] = async (principalId, role, scope) => {
    const definition = `/subscriptions/${emulator.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${role}`;
    const properties = { principalId, principalType: "ServicePrincipal", roleDefinitionId: definition };
    await put(`${scope}/providers/Microsoft.Authorization/roleAssignments/${randomUUID()}`, { properties });
  };
  await put(group, {});
  const registry = await put(`${group}/providers/Microsoft.ContainerRegistry/registries/images`, {
    sku: { name: "Basic" },
  });
  const server = String(registry.properties.loginServer);
  const id = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/puller`;
  const { properties } = await put(id, {});
  const identity = { id, clientId: String(properties.clientId), principalId: String(properties.principalId) };
  if (!dataDir) await assign(identity.principalId, ACR_PULL, group);
  const registries = new ContainerRegistryManagementClient(credential, emulator.subscriptionId, endpoint);
  return {
    ...{ emulator, credential, group, server, identity, put, assign },
    client: new ContainerInstanceManagementClient(credential, emulator.subscriptionId, endpoint),
    async image(name, files) {
      const place = { registries, context: emulator.context };
      const built = await buildImage(place, "images", files, { imageNames: [`${name}:1`] });
      if (built.status !== "Succeeded") throw new Error(built.log);
      return `${server}/${name}@${built.digest}`;
    },
    body: (image, container, more) => ({
      location: LOCATION,
      osType: "Linux",
      restartPolicy: "Never",
      identity: { type: "UserAssigned", userAssignedIdentities: { [id]: {} } },
      imageRegistryCredentials: [{ server, identity: id }],
      containers: [{ name: "main", image, resources: { requests: { cpu: 0.5, memoryInGB: 1 } }, ...container }],
      ...more,
    }),
    stop: () => emulator.stop(),
    async [Symbol.asyncDispose]() {
      await emulator.stop();
      if (!dataDir) rmSync(folder, { recursive: true, force: true });
    },
  };
}
