import { ArmError, type ArmResource, type Json, type ResourceHooks, type ResourcePut } from "../../core/resources.ts";
import { VaultError } from "./errors.ts";
import { addKey, keyData } from "./keys.ts";
import { addSecret } from "./secrets.ts";
import type { Version } from "./store.ts";
import { idOf, readAttributes, type Vault } from "./vault.ts";
import type { Vaults } from "./vaults.ts";

export const VAULT_TYPE = "Microsoft.KeyVault/vaults";

/** What Key Vault does for its ARM types. Secrets and keys have no DELETE in ARM: the data plane deletes them. */
export function keyVaultHooks(vaults: Vaults): readonly ResourceHooks[] {
  return [vaultHooks(vaults), secretHooks(vaults), keyHooks(vaults)];
}

function vaultHooks(vaults: Vaults): ResourceHooks {
  return {
    type: VAULT_TYPE,
    validate({ desired, existing }) {
      const { tenantId, sku, softDeleteRetentionInDays: days, createMode } = desired.properties;
      if (typeof tenantId !== "string") throw bad("The vault needs a tenantId.");
      if (typeof sku !== "object" || sku === null) throw bad("The vault needs a sku.");
      if (days !== undefined && !(typeof days === "number" && days >= 7 && days <= 90)) {
        throw bad("softDeleteRetentionInDays must be 7 to 90.");
      }
      if (existing && existing.properties.tenantId !== tenantId)
        throw bad("The tenantId of a vault cannot be changed.");
      if (existing?.properties.enablePurgeProtection === true && desired.properties.enablePurgeProtection === false) {
        throw bad("Purge protection cannot be taken back.");
      }
      if (!existing && createMode !== "recover") refuseHeldVault(vaults, desired.name);
    },
    async put({ desired }) {
      const vault = await vaults.open(desired);
      const {
        softDeleteRetentionInDays = 90,
        enableRbacAuthorization = false,
        accessPolicies = [],
      } = desired.properties;
      return {
        vaultUri: vault.uri,
        provisioningState: "Succeeded",
        enableSoftDelete: true,
        softDeleteRetentionInDays,
        enableRbacAuthorization,
        accessPolicies,
        publicNetworkAccess: desired.properties.publicNetworkAccess ?? "Enabled",
      };
    },
    delete: (resource) => vaults.delete(resource),
    purge: async ({ name }) => {
      if (vaults.findDeleted(name)) vaults.purge(name);
    },
  };
}

function refuseHeldVault(vaults: Vaults, name: string): void {
  if (!vaults.findDeleted(name)) return;
  throw new ArmError(
    409,
    "ConflictError",
    `A vault with the same name already exists in deleted state. You need to either recover or purge existing key vault '${name}'.`,
  );
}

function secretHooks(vaults: Vaults): ResourceHooks {
  return {
    type: `${VAULT_TYPE}/secrets`,
    secretPaths: ["value"],
    validate: ({ desired }) => refuseDeleted(vaults, desired, "secret"),
    put: (put) => inArmWords(() => putSecret(vaults, put)),
  };
}

/** A value that is the newest already makes no version, so that the same PUT twice is one. */
async function putSecret(vaults: Vaults, { desired }: ResourcePut): Promise<Json> {
  const vault = await vaults.ofChild(desired.id);
  const { properties, tags } = desired;
  const { name, store } = vault;
  const body = { ...properties, ...(tags && { tags }) };
  const newest = store.find(name, "secret", desired.name);
  if (!newest || (typeof properties.value === "string" && properties.value !== newest.data.value)) {
    return secretProperties(vault, addSecret(vault, desired.name, body));
  }
  const { contentType = newest.data.contentType } = properties;
  const data = { ...newest.data, ...(contentType !== undefined && { contentType }) };
  store.update(name, "secret", newest, {
    attributes: readAttributes(body, newest.attributes),
    ...(tags && { tags }),
    data,
  });
  return secretProperties(vault, store.find(name, "secret", desired.name) ?? newest);
}

function secretProperties(vault: Vault, version: Version): Json {
  const secretUriWithVersion = idOf(vault, "secret", version);
  return { secretUri: withoutVersion(secretUriWithVersion), secretUriWithVersion, attributes: armAttributes(version) };
}

function keyHooks(vaults: Vaults): ResourceHooks {
  return {
    type: `${VAULT_TYPE}/keys`,
    validate: ({ desired }) => refuseDeleted(vaults, desired, "key"),
    put: (put) => inArmWords(() => putKey(vaults, put)),
  };
}

/** A PUT on a key that is there answers the version that is there. */
async function putKey(vaults: Vaults, { desired }: ResourcePut): Promise<Json> {
  const vault = await vaults.ofChild(desired.id);
  const { kty, keySize, curveName, keyOps, attributes, rotationPolicy } = desired.properties;
  const body = {
    kty,
    ...(keySize !== undefined && { key_size: keySize }),
    ...(curveName !== undefined && { crv: curveName }),
    ...(keyOps !== undefined && { key_ops: keyOps }),
    ...(attributes !== undefined && { attributes }),
    ...(desired.tags && { tags: desired.tags }),
  };
  const found = vault.store.find(vault.name, "key", desired.name);
  const version = found ?? (await addKey(vault, desired.name, body));
  if (typeof rotationPolicy === "object" && rotationPolicy !== null) {
    vault.store.setPolicy(vault.name, desired.name, rotationPolicy as Json);
  }
  const keyUriWithVersion = idOf(vault, "key", version);
  const { jwk, key_ops } = keyData(version);
  return {
    keyUri: withoutVersion(keyUriWithVersion),
    keyUriWithVersion,
    keyOps: key_ops,
    ...(jwk.n !== undefined ? { keySize: Buffer.from(jwk.n, "base64url").length * 8 } : { curveName: jwk.crv }),
    attributes: armAttributes(version),
  };
}

function refuseDeleted(vaults: Vaults, desired: ArmResource, kind: "secret" | "key"): void {
  const vault = desired.id.split("/").at(-3) ?? "";
  if (!vaults.holdsDeleted(vault, kind, desired.name)) return;
  throw new ArmError(409, "Conflict", new VaultError("deletedButRecoverable", { kind, name: desired.name }).message);
}

/** Refusals of the vault as ARM renders them. */
async function inArmWords(work: () => Promise<Json>): Promise<Json> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof VaultError) throw new ArmError(error.status, error.code, error.message);
    throw error;
  }
}

function armAttributes({ attributes, created, updated }: Version): Json {
  return { ...attributes, created, updated };
}

function withoutVersion(uri: string): string {
  return uri.slice(0, uri.lastIndexOf("/"));
}

function bad(message: string): ArmError {
  return new ArmError(400, "BadRequest", message);
}
