import * as pulumi from "@pulumi/pulumi";
import type { AlertRules } from "../core/alerts.ts";
import { keyvault } from "../core/azure.ts";
import { AzureComponent, type ComponentArgs } from "../core/component.ts";
import { CROSS_CUT_SLOTS, type CrossCutArgs, type CrossCutTransforms } from "../core/crossCut.ts";
import { type Existing, isExisting } from "../core/existing.ts";
import type { LinkGrant } from "../core/link.ts";
import { endpointNetwork } from "../core/privateEndpoint.ts";
import type { Profile } from "../core/profile.ts";
import type { RoleName } from "../core/roles.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";

/** Days that a deleted vault can be recovered, and that its name stays taken. */
const RETENTION_DAYS = { dev: 7, standard: 7, production: 90 } as const satisfies Record<Profile, number>;
const ROLE = { read: "secretsUser", write: "secretsOfficer" } as const satisfies Record<string, RoleName>;

const ALERTS = {
  availability: {
    metric: "Availability",
    is: "LessThan",
    threshold: 99,
    by: "Average",
    severity: 1,
    minutes: 15,
    says: "The vault answers too few requests: apps cannot read their secrets.",
  },
} as const satisfies AlertRules;

export type SecretAccess = keyof typeof ROLE;

export interface KeyVaultArgs
  extends ComponentArgs,
    Pick<CrossCutArgs, "roleAssignments" | "privateEndpoints" | "diagnostics" | "lock" | "alerts"> {
  /** `premium` keeps keys in hardware (RSA-HSM). @default premium in production with `keys`, else standard. Updates; its keys are replaced. */
  readonly sku?: "standard" | "premium";
  /** Names of RSA keys that wrap other keys; the vault rotates them every 180 days. */
  readonly keys?: readonly string[];
  readonly transform?: CrossCutTransforms & {
    readonly vault?: Transform<ArgsOf<typeof keyvault.Vault>>;
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
 * Secrets and keys (Azure Key Vault). Creates `vault`, `key-<name>`, and what the common options ask for (`diagnostics`: who read what).
 * Links: `read` → Key Vault Secrets User, `write` → Key Vault Secrets Officer, on the vault or one secret; a key's `use` → Crypto
 * User; all with `AZURE_KEY_VAULT_NAME`, `AZURE_KEY_VAULT_ENDPOINT`. A deleted vault keeps its name for 7 days
 * (90 in production): purge protection is never off. Cost class: under 5 USD a month.
 *
 * Limits: the name of a deleted vault stays taken: raise the context's epoch for a fresh one. It sets no secret's value, which would land in state: a holder of `write` does.
 *
 * @example A secret as a setting of an app
 * ```ts
 * const vault = new KeyVault("vault", { context });
 * new ContainerApp("api", { ...app, secretEnv: { STRIPE_KEY: vault.secret("stripe") } });
 * ```
 *
 * @example A job that renews one secret
 * ```ts
 * const vault = new KeyVault("vault", { context });
 * new ContainerJob("renew", { ...app, link: [vault.secret("stripe").link("write")] });
 * ```
 *
 * @example A key that wraps the keys of customers
 * ```ts
 * const vault = new KeyVault("vault", { context, sku: "premium", keys: ["customers"] });
 * new ContainerApp("api", { ...app, link: [vault.wrappingKey("customers").link("use")] });
 * ```
 *
 * @example In a network only
 * ```ts
 * new KeyVault("vault", { context: network.within(context), privateEndpoints: true });
 * ```
 */
export class KeyVault extends AzureComponent<KeyVaultArgs | Existing> {
  /** ARM id. */
  readonly vaultId: pulumi.Output<string>;
  /** Physical name. */
  readonly vaultName: pulumi.Output<string>;
  /** Address of secrets and keys, with scheme and a slash at the end. */
  readonly vaultUri: pulumi.Output<string>;

  constructor(name: string, args: KeyVaultArgs | Existing, opts?: pulumi.ComponentResourceOptions) {
    super("KeyVault", name, args, opts, ["vault", "key-*", ...CROSS_CUT_SLOTS]);
    const vault = isExisting(args) ? this.adopt("vault", keyvault.Vault, args.resourceId) : this.#make(args);
    this.vaultId = vault.id;
    this.vaultName = vault.name;
    this.vaultUri = vault.properties.vaultUri;
    this.registerOutputs({ vaultId: this.vaultId, vaultUri: this.vaultUri });
  }

  /** A vault that somebody else manages: the same links, nothing made or changed. */
  static existing(name: string, at: Existing, opts?: pulumi.ComponentResourceOptions): KeyVault {
    return new KeyVault(name, at, opts);
  }

  #make(args: KeyVaultArgs): InstanceType<typeof keyvault.Vault> {
    const { context } = args;
    const network = endpointNetwork(this.label, context, args.privateEndpoints);
    const keys = args.keys ?? [];
    const sku = args.sku ?? (context.profile === "production" && keys.length > 0 ? "premium" : "standard");
    const vault = this.child("vault", keyvault.Vault, {
      resourceGroupName: context.resourceGroupName,
      properties: {
        tenantId: context.tenantId,
        sku: { family: "A", name: sku },
        enableRbacAuthorization: true,
        enableSoftDelete: true,
        softDeleteRetentionInDays: RETENTION_DAYS[context.profile],
        enablePurgeProtection: true,
        enabledForDeployment: false,
        enabledForDiskEncryption: false,
        enabledForTemplateDeployment: false,
        ...(network && {
          publicNetworkAccess: "disabled",
          networkAcls: { defaultAction: "Deny", bypass: "AzureServices" },
        }),
      },
    });
    for (const key of keys) {
      const properties = keyArgs(context.resourceGroupName, vault.name, key, sku === "premium" ? "RSA-HSM" : "RSA");
      // A key is deleted through the vault's data plane, where the deploy identity has no right; the vault takes it along.
      this.child(`key-${key}`, keyvault.Key, properties, { deletedWith: vault });
    }
    this.crossCut({
      main: vault,
      logs: [{ resourceId: vault.id, group: "audit", formerSlot: "audit" }],
      ...(network && { endpoints: { network, links: ["keyVault"] } }),
      alerts: ALERTS,
      keepsData: true,
    });
    return vault;
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
      link: (access) => ({ ...this.#grant(`${this.key}-${name}`, ROLE[access], scope), names: { secretName: name } }),
    };
  }

  /** One of `keys`; of an existing vault, any. `use` wraps, unwraps and signs with it. @throws {ComponentError} `NOT_MADE` */
  wrappingKey(name: string): { readonly link: (access: "use") => LinkGrant } {
    const after = this.partOf(`key-${name}`);
    const scope = pulumi.interpolate`${this.vaultId}/keys/${name}`;
    const names = { keyName: name };
    return { link: () => ({ ...this.#grant(`${this.key}-key-${name}`, "cryptoUser", scope, after), names }) };
  }

  #grant(
    key: string,
    role: RoleName,
    scope: pulumi.Output<string>,
    prerequisites: readonly pulumi.Resource[] = this.attachments,
  ): LinkGrant {
    const env = { AZURE_KEY_VAULT_NAME: this.vaultName, AZURE_KEY_VAULT_ENDPOINT: this.vaultUri };
    return { key, source: this.key, env, roles: [{ role, scope }], prerequisites };
  }
}

function keyArgs(
  resourceGroupName: pulumi.Output<string>,
  vaultName: pulumi.Output<string>,
  keyName: string,
  kty: "RSA" | "RSA-HSM",
): ArgsOf<typeof keyvault.Key> {
  const rotate = { trigger: { timeAfterCreate: "P180D" }, action: { type: "rotate" as const } };
  return {
    resourceGroupName,
    vaultName,
    keyName,
    properties: {
      kty,
      keySize: 3072,
      keyOps: ["wrapKey", "unwrapKey", "sign", "verify"],
      rotationPolicy: { attributes: { expiryTime: "P2Y" }, lifetimeActions: [rotate] },
    },
  };
}
