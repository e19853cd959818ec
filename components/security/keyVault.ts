import * as pulumi from "@pulumi/pulumi";
import { keyvault, monitor } from "../core/azure.ts";
import { AzureComponent, type ComponentArgs } from "../core/component.ts";
import type { LinkGrant } from "../core/link.ts";
import type { Profile } from "../core/profile.ts";
import type { RoleName } from "../core/roles.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";
import { diagnosticArgs, hasWorkspace } from "../shared/diagnostics.ts";

/** Days that a deleted vault can be recovered, and that its name stays taken. */
const RETENTION_DAYS = { dev: 7, standard: 7, production: 90 } as const satisfies Record<Profile, number>;
const ROLE = { read: "secretsUser", write: "secretsOfficer" } as const satisfies Record<string, RoleName>;

export type SecretAccess = keyof typeof ROLE;

export interface KeyVaultArgs extends ComponentArgs {
  /** Names of RSA keys that wrap other keys; the vault rotates them every 180 days. */
  readonly keys?: readonly string[];
  readonly transform?: {
    readonly vault?: Transform<ArgsOf<typeof keyvault.Vault>>;
    readonly audit?: Transform<ArgsOf<typeof monitor.DiagnosticSetting>>;
    readonly [key: `key-${string}`]: Transform<ArgsOf<typeof keyvault.Key>>;
  };
}

/** One secret of a vault; it need not exist yet. */
export interface VaultSecret {
  /** Address without a version: the newest one is read. */
  readonly url: pulumi.Output<string>;
  link(access: SecretAccess): LinkGrant;
}

/**
 * Secrets and keys (Azure Key Vault). Creates `vault`, `audit` (who read what, when the context has a workspace) and `key-<name>`.
 * Links: `read` → Key Vault Secrets User, `write` → Key Vault Secrets Officer, on the vault or one secret; a key's `use` → Crypto
 * Service Encryption User; all with `AZURE_KEY_VAULT_NAME`, `AZURE_KEY_VAULT_ENDPOINT`. A deleted vault keeps its name for 7 days
 * (90 in production): purge protection is never off. Cost class: under 5 USD a month.
 */
export class KeyVault extends AzureComponent<KeyVaultArgs> {
  readonly vaultId: pulumi.Output<string>;
  readonly vaultName: pulumi.Output<string>;
  readonly vaultUri: pulumi.Output<string>;
  readonly #keys = new Map<string, InstanceType<typeof keyvault.Key>>();

  constructor(name: string, args: KeyVaultArgs, opts?: pulumi.ComponentResourceOptions) {
    super("KeyVault", name, args, opts, ["vault", "audit", "key-*"]);
    const { context } = args;
    const { resourceGroupName } = context;
    const vault = this.child("vault", keyvault.Vault, {
      resourceGroupName,
      properties: {
        tenantId: context.tenantId,
        sku: { family: "A", name: "standard" },
        enableRbacAuthorization: true,
        enableSoftDelete: true,
        softDeleteRetentionInDays: RETENTION_DAYS[context.profile],
        enablePurgeProtection: true,
        enabledForDeployment: false,
        enabledForDiskEncryption: false,
        enabledForTemplateDeployment: false,
      },
    });
    if (hasWorkspace(context)) {
      this.child("audit", monitor.DiagnosticSetting, diagnosticArgs(context, vault.id, "audit"));
    }
    for (const key of args.keys ?? []) {
      const properties = keyArgs(resourceGroupName, vault.name, key);
      // A key is deleted through the vault's data plane, where the deploy identity has no right; the vault takes it along.
      this.#keys.set(key, this.child(`key-${key}`, keyvault.Key, properties, { deletedWith: vault }));
    }
    this.vaultId = vault.id;
    this.vaultName = vault.name;
    this.vaultUri = vault.properties.vaultUri;
    this.registerOutputs({ vaultId: this.vaultId, vaultUri: this.vaultUri });
  }

  /** All secrets of the vault, those made later too. */
  link(access: SecretAccess): LinkGrant {
    return this.#grant(this.key, ROLE[access], this.vaultId);
  }

  /** One secret, by name. */
  secret(name: string): VaultSecret {
    const scope = pulumi.interpolate`${this.vaultId}/secrets/${name}`;
    return {
      url: pulumi.interpolate`${this.vaultUri}secrets/${name}`,
      link: (access) => this.#grant(`${this.key}-${name}`, ROLE[access], scope),
    };
  }

  /** One of `keys`: `use` wraps and unwraps with it. */
  wrappingKey(name: string): { readonly link: (access: "use") => LinkGrant } {
    const key = this.#keys.get(name) ?? this.node(`key-${name}`);
    const scope = pulumi.interpolate`${this.vaultId}/keys/${name}`;
    return {
      link: () => ({ ...this.#grant(`${this.key}-key-${name}`, "cryptoUser", scope), prerequisites: [key] }),
    };
  }

  #grant(key: string, role: RoleName, scope: pulumi.Output<string>): LinkGrant {
    const env = { AZURE_KEY_VAULT_NAME: this.vaultName, AZURE_KEY_VAULT_ENDPOINT: this.vaultUri };
    return { key, source: this.key, env, roles: [{ role, scope }] };
  }
}

function keyArgs(
  resourceGroupName: pulumi.Output<string>,
  vaultName: pulumi.Output<string>,
  keyName: string,
): ArgsOf<typeof keyvault.Key> {
  const rotate = { trigger: { timeAfterCreate: "P180D" }, action: { type: "rotate" as const } };
  return {
    resourceGroupName,
    vaultName,
    keyName,
    properties: {
      kty: "RSA",
      keySize: 3072,
      keyOps: ["wrapKey", "unwrapKey"],
      rotationPolicy: { attributes: { expiryTime: "P2Y" }, lifetimeActions: [rotate] },
    },
  };
}
