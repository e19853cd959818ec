// Run as a program of its own, in nothing but the environment that `devfactory emulator env` prints: prints one line of JSON.
import { CosmosClient } from "@azure/cosmos";
import { ClientSecretCredential } from "@azure/identity";
import { SecretClient } from "@azure/keyvault-secrets";
import { ServiceBusClient } from "@azure/service-bus";
import { BlobServiceClient } from "@azure/storage-blob";

const value = (name: string) => process.env[name] ?? "";
const credential = new ClientSecretCredential(
  value("AZURE_TENANT_ID"),
  value("AZURE_CLIENT_ID"),
  value("AZURE_CLIENT_SECRET"),
  { authorityHost: value("AZURE_AUTHORITY_HOST"), disableInstanceDiscovery: true },
);

async function cosmos(): Promise<unknown> {
  const client = new CosmosClient({ endpoint: value("AZURE_COSMOS_ENDPOINT"), aadCredentials: credential });
  const container = client.database(value("AZURE_COSMOS_DATABASE")).container("usage");
  await container.items.upsert({ id: "note", tenantId: "e2e", text: "hello" });
  return (await container.item("note", "e2e").read<{ text: string }>()).resource?.text;
}

async function vault(): Promise<unknown> {
  const client = new SecretClient(value("AZURE_KEY_VAULT_URI"), credential, {
    disableChallengeResourceVerification: true,
  });
  await client.setSecret("e2e", "s3cret");
  return (await client.getSecret("e2e")).value;
}

async function blob(): Promise<unknown> {
  const container = new BlobServiceClient(value("AZURE_STORAGE_BLOB_ENDPOINT"), credential).getContainerClient("logs");
  await container.getBlockBlobClient("e2e.txt").upload("line", 4);
  return (await container.getBlobClient("e2e.txt").downloadToBuffer()).toString();
}

async function bus(): Promise<unknown> {
  const client = new ServiceBusClient(value("SERVICEBUS_FULLY_QUALIFIED_NAMESPACE"), credential);
  await client.createSender("deployments").sendMessages({ body: "ping", sessionId: "e2e" });
  const receiver = await client.acceptSession("deployments", "e2e");
  const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 5000 });
  if (message) await receiver.completeMessage(message);
  await client.close();
  return message?.body;
}

const [item, secret, content, received] = await Promise.all([cosmos(), vault(), blob(), bus()]);
process.stdout.write(JSON.stringify({ item, secret, content, received }));
