import type { AzureType } from "../../arm/types/table.ts";
import { type ArmClient, ArmRefusal } from "../armClient.ts";
import type { Properties } from "../rpc/logic.ts";

const NO_CONTENT: Properties = {};

/** Takes a resource away; settings that are always there go back to what they were. */
export async function removeResource(
  client: ArmClient,
  type: AzureType,
  id: string,
  outputs: Properties,
): Promise<void> {
  const version = type.apiVersion ?? "";
  if (type.armType === "Microsoft.Web/sites/config") {
    await client.put(id, version, { properties: NO_CONTENT });
    return;
  }
  if (type.armType === "Microsoft.DBforPostgreSQL/flexibleServers/configurations") {
    const value = outputs.defaultValue;
    if (value !== undefined) await client.put(id, version, { properties: { value, source: "user-override" } });
    return;
  }
  if (type.singleton && type.http?.DELETE === undefined) return; // the account that holds it takes it along
  if (/^Microsoft\.KeyVault\/vaults\/(secrets|keys)$/.test(type.armType ?? ""))
    return removeVaultObject(client, type, id);
  await client.delete(id, version);
}

/** ARM has no DELETE for secrets and keys: the vault itself does it, with a vault token. */
async function removeVaultObject(client: ArmClient, type: AzureType, id: string): Promise<void> {
  const version = type.apiVersion ?? "";
  const [vaultId = "", , name = ""] = splitChild(id);
  const vault = await client.get(vaultId, version);
  if (!vault) return; // it went with its vault
  const { vaultUri } = vault.properties as Readonly<Record<string, unknown>>;
  const kind = type.armType?.split("/").at(-1);
  const token = await client.credential.token("https://vault.azure.net");
  const url = `${String(vaultUri).replace(/\/$/, "")}/${kind}/${encodeURIComponent(name)}?api-version=7.5`;
  const answer = await fetch(url, { method: "DELETE", headers: { Authorization: `Bearer ${token}` } });
  if (answer.ok || answer.status === 404) return forgetInArm(client, id, version);
  const { error } = (await answer.json()) as { readonly error?: Readonly<Record<string, unknown>> };
  throw new ArmRefusal(answer.status, String(error?.code ?? "Unknown"), String(error?.message ?? "The vault refused."));
}

/** Azure answers 405: there ARM shows what the vault holds. The local ARM keeps a copy that goes now. */
async function forgetInArm(client: ArmClient, id: string, version: string): Promise<void> {
  try {
    await client.delete(id, version);
  } catch (error) {
    if (!(error instanceof ArmRefusal) || error.status !== 405) throw error;
  }
}

function splitChild(id: string): readonly string[] {
  const segments = id.split("/");
  return [segments.slice(0, -2).join("/"), segments.at(-2) ?? "", segments.at(-1) ?? ""];
}
