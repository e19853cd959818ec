import type * as pulumi from "@pulumi/pulumi";
import { storage } from "../core/azure.ts";
import { AzureComponent, type ComponentArgs } from "../core/component.ts";
import type { LinkGrant } from "../core/link.ts";
import type { Profile } from "../core/profile.ts";
import type { RoleName } from "../core/roles.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";

const SKU = { dev: "Standard_LRS", standard: "Standard_LRS", production: "Standard_ZRS" } as const satisfies Record<
  Profile,
  string
>;
const ROLE = { read: "blobReader", readwrite: "blobContributor" } as const satisfies Record<string, RoleName>;
/** Days that deleted blobs and containers can be restored. */
const RESTORE_DAYS = 7;

export type BlobAccess = keyof typeof ROLE;

export interface StorageAccountArgs extends ComponentArgs {
  /** Blob containers. Removing one deletes it; it can be restored for seven days. */
  readonly containers: readonly string[];
  readonly transform?: {
    readonly account?: Transform<ArgsOf<typeof storage.StorageAccount>>;
    readonly blobs?: Transform<ArgsOf<typeof storage.BlobServiceProperties>>;
    readonly [container: `container-${string}`]: Transform<ArgsOf<typeof storage.BlobContainer>>;
  };
}

/** One blob container, for links. */
export interface LinkedContainer {
  readonly containerName: string;
  link(access: BlobAccess): LinkGrant;
}

/**
 * Files (Azure Blob Storage). Creates `account`, `blobs` (soft delete) and `container-<name>`. Links per container: `read` → Storage Blob
 * Data Reader, `readwrite` → Contributor, with `AZURE_STORAGE_ACCOUNT_NAME`, `AZURE_STORAGE_BLOB_ENDPOINT`. Shared keys are off,
 * nothing is public. Cost class: under 5 USD a month for the first 200 GB.
 */
export class StorageAccount extends AzureComponent<StorageAccountArgs> {
  readonly accountId: pulumi.Output<string>;
  readonly accountName: pulumi.Output<string>;
  readonly blobEndpoint: pulumi.Output<string>;

  constructor(name: string, args: StorageAccountArgs, opts?: pulumi.ComponentResourceOptions) {
    super("StorageAccount", name, args, opts, ["account", "blobs", "container-*"]);
    const { resourceGroupName, profile } = args.context;
    const account = this.child("account", storage.StorageAccount, {
      resourceGroupName,
      kind: "StorageV2",
      sku: { name: SKU[profile] },
      accessTier: "Hot",
      minimumTlsVersion: "TLS1_2",
      enableHttpsTrafficOnly: true,
      allowBlobPublicAccess: false,
      allowSharedKeyAccess: false,
      defaultToOAuthAuthentication: true,
      allowCrossTenantReplication: false,
      isLocalUserEnabled: false,
      isSftpEnabled: false,
    });
    const blobs = this.child("blobs", storage.BlobServiceProperties, {
      resourceGroupName,
      accountName: account.name,
      blobServicesName: "default",
      deleteRetentionPolicy: { enabled: true, days: RESTORE_DAYS },
      containerDeleteRetentionPolicy: { enabled: true, days: RESTORE_DAYS },
    });
    for (const containerName of args.containers) {
      this.child(
        `container-${containerName}`,
        storage.BlobContainer,
        { resourceGroupName, accountName: account.name, containerName, publicAccess: "None" },
        { dependsOn: blobs },
      );
    }
    this.accountId = account.id;
    this.accountName = account.name;
    this.blobEndpoint = account.primaryEndpoints.apply((endpoints) => endpoints.blob);
    this.registerOutputs({ accountName: this.accountName, blobEndpoint: this.blobEndpoint });
  }

  /** One of `containers`. @throws {ComponentError} `NOT_MADE` */
  container(containerName: string): LinkedContainer {
    const { id } = this.node(`container-${containerName}`) as InstanceType<typeof storage.BlobContainer>;
    const env = { AZURE_STORAGE_ACCOUNT_NAME: this.accountName, AZURE_STORAGE_BLOB_ENDPOINT: this.blobEndpoint };
    return {
      containerName,
      link: (access) => ({
        key: `${this.key}-${containerName}`,
        source: this.key,
        env,
        roles: [{ role: ROLE[access], scope: id }],
      }),
    };
  }
}
