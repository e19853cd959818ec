import * as pulumi from "@pulumi/pulumi";
import type { AlertRules } from "../core/alerts.ts";
import { argumentCheck, checkNames, checkOneOf } from "../core/argument.ts";
import { storage } from "../core/azure.ts";
import { AzureComponent, type ComponentArgs } from "../core/component.ts";
import { CROSS_CUT_SLOTS, type CrossCutArgs, type CrossCutTransforms } from "../core/crossCut.ts";
import { type Existing, isExisting } from "../core/existing.ts";
import type { LinkGrant } from "../core/link.ts";
import { endpointNetwork } from "../core/privateEndpoint.ts";
import type { Profile } from "../core/profile.ts";
import type { RoleName } from "../core/roles.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";

const SKU = { dev: "Standard_LRS", standard: "Standard_LRS", production: "Standard_ZRS" } as const satisfies Record<
  Profile,
  StorageSku
>;
/** Days that deleted blobs and containers can be restored. */
const RESTORE_DAYS = 7;

/** What each service of the account is called, by the parts that it holds. */
const SERVICES = {
  container: { name: "blob", path: "blobServices/default/containers" },
  queue: { name: "queue", path: "queueServices/default/queues" },
  table: { name: "table", path: "tableServices/default/tables" },
  // roles on one share are given below `fileshares`, where ARM itself says `shares` (Microsoft Learn, "Assign share-level permissions")
  share: { name: "file", path: "fileServices/default/fileshares" },
} as const;

const ROLE = {
  container: { read: "blobReader", readwrite: "blobContributor" },
  queue: { send: "queueSender", receive: "queueProcessor", peek: "queueReader" },
  table: { read: "tableReader", readwrite: "tableContributor" },
  share: { readwrite: "shareContributor" },
} as const satisfies Record<keyof typeof SERVICES, Readonly<Record<string, RoleName>>>;

/** A second encryption below the service's own, with keys that Microsoft manages; it can only be chosen at creation. */
const ENCRYPTION = {
  keySource: "Microsoft.Storage",
  requireInfrastructureEncryption: true,
  services: { blob: { enabled: true, keyType: "Account" }, file: { enabled: true, keyType: "Account" } },
} as const;

const ALERTS = {
  availability: {
    metric: "Availability",
    is: "LessThan",
    threshold: 99.9,
    by: "Average",
    severity: 1,
    minutes: 15,
    says: "The account answers too few requests.",
  },
} as const satisfies AlertRules;

/** Source: Microsoft Learn, "Naming rules for Azure resources", Microsoft.Storage; `$web` is what a static site is served from. */
const CONTAINER_NAME = {
  pattern: /^(?:\$web|(?=.{3,63}$)[a-z0-9]+(?:-[a-z0-9]+)*)$/,
  allowed: "3 to 63 lower case letters, digits and single hyphens",
  why: "Azure takes no other name for a blob container.",
} as const;

type Kind = keyof typeof SERVICES;
const SKUS = ["Standard_LRS", "Standard_ZRS", "Standard_GRS", "Standard_GZRS", "Standard_RAGRS"] as const;
export type StorageSku = (typeof SKUS)[number];
export type BlobAccess = keyof (typeof ROLE)["container"];
export type StorageQueueAccess = keyof (typeof ROLE)["queue"];
export type TableAccess = keyof (typeof ROLE)["table"];
export type ShareAccess = keyof (typeof ROLE)["share"];

export interface StorageAccountArgs
  extends ComponentArgs,
    Pick<CrossCutArgs, "roleAssignments" | "privateEndpoints" | "diagnostics" | "lock" | "alerts"> {
  /** Copies. @default Standard_LRS (three in one place), Standard_ZRS in production (three zones). Between the two an update may take days. */
  readonly sku?: StorageSku;
  /** Blob containers. Removing one deletes it; it can be restored for seven days. @default none @minLength 3 @maxLength 63 */
  readonly containers?: readonly string[];
  /** Queues of small messages. Removing one deletes it. @default none */
  readonly queues?: readonly string[];
  /** Tables: letters and digits. Removing one deletes it. @default none */
  readonly tables?: readonly string[];
  /** File shares (SMB), with their quota in GiB. Removing one deletes it. @default none */
  readonly shares?: Readonly<
    Record<
      string,
      {
        /** Size at most. */
        readonly quotaGib: number;
      }
    >
  >;
  readonly transform?: CrossCutTransforms & {
    readonly account?: Transform<ArgsOf<typeof storage.StorageAccount>>;
    readonly blobs?: Transform<ArgsOf<typeof storage.BlobServiceProperties>>;
    readonly [container: `container-${string}`]: Transform<ArgsOf<typeof storage.BlobContainer>>;
    readonly [queue: `queue-${string}`]: Transform<ArgsOf<typeof storage.Queue>>;
    readonly [table: `table-${string}`]: Transform<ArgsOf<typeof storage.Table>>;
    readonly [share: `share-${string}`]: Transform<ArgsOf<typeof storage.FileShare>>;
  };
}

/** One blob container, for links. */
export interface LinkedContainer {
  readonly containerName: string;
  link(access: BlobAccess): LinkGrant;
}

/**
 * Files, small messages and rows (Azure Storage). Creates `account`, `blobs` (soft delete), `container-<name>`, `queue-<name>`,
 * `table-<name>`, `share-<name>`, and what the common options ask for. Links, each on one part: container `read` → Storage Blob Data
 * Reader, `readwrite` → Contributor; queue `send` → Queue Data Message Sender, `receive` → Message Processor, `peek` → Reader; table
 * `read`, `readwrite` → Table Data Reader, Contributor; share `readwrite` → File Data SMB Share Contributor; with
 * `AZURE_STORAGE_ACCOUNT_NAME` and `AZURE_STORAGE_<BLOB|QUEUE|TABLE|FILE>_ENDPOINT`. Shared keys are off, nothing is public; in
 * production data is encrypted twice (changing that replaces the account). Cost
 * class: under 5 USD a month for the first 200 GB.
 *
 * Limits: a name has at most 24 characters, letters and digits. A removed blob container can be restored for seven days, a removed queue or table cannot.
 *
 * @example Files and small messages of an app
 * ```ts
 * const files = new StorageAccount("files", { context, containers: ["photos"], queues: ["mails"] });
 * new ContainerApp("api", { ...app, link: [files.container("photos").link("readwrite"), files.queue("mails").link("send")] });
 * ```
 *
 * @example Tables and a share, over three zones
 * ```ts
 * new StorageAccount("files", { context, sku: "Standard_ZRS", tables: ["visits"], shares: { disk: { quotaGib: 10 } } });
 * ```
 *
 * @example Each consumer its own right
 * ```ts
 * const queue = new StorageAccount("files", { context, queues: ["mails"] }).queue("mails");
 * new ContainerApp("api", { ...app, link: [queue.link("send")] });
 * new ContainerJob("sender", { ...app, link: [queue.link("receive")] });
 * ```
 *
 * @example In a network only
 * ```ts
 * const inside = { context: network.within(context), privateEndpoints: true };
 * new StorageAccount("files", { ...inside, containers: ["photos"] });
 * ```
 *
 * @example What no option covers: cheaper to keep, dearer to read
 * ```ts
 * new StorageAccount("archive", { context, containers: ["years"], transform: { account: { accessTier: "Cool" } } });
 * ```
 */
export class StorageAccount extends AzureComponent<StorageAccountArgs | Existing> {
  /** ARM id. */
  readonly accountId: pulumi.Output<string>;
  /** Physical name. */
  readonly accountName: pulumi.Output<string>;
  /** Address of the blobs, with scheme and a slash at the end. */
  readonly blobEndpoint: pulumi.Output<string>;
  readonly #endpoints: pulumi.Output<Readonly<Record<(typeof SERVICES)[Kind]["name"], string>>>;

  constructor(name: string, args: StorageAccountArgs | Existing, opts?: pulumi.ComponentResourceOptions) {
    const slots = ["account", "blobs", "container-*", "queue-*", "table-*", "share-*", ...CROSS_CUT_SLOTS];
    super("StorageAccount", name, args, opts, slots);
    const account = isExisting(args)
      ? this.adopt("account", storage.StorageAccount, args.resourceId)
      : this.#make(args);
    this.accountId = account.id;
    this.accountName = account.name;
    this.#endpoints = account.primaryEndpoints;
    this.blobEndpoint = this.#endpoints.blob;
    this.registerOutputs({ accountName: this.accountName, blobEndpoint: this.blobEndpoint });
  }

  /** An account that somebody else manages: the same links to its parts, nothing made or changed. */
  static existing(name: string, at: Existing, opts?: pulumi.ComponentResourceOptions): StorageAccount {
    return new StorageAccount(name, at, opts);
  }

  #make(args: StorageAccountArgs): InstanceType<typeof storage.StorageAccount> {
    const { context } = args;
    const sku = args.sku ?? SKU[context.profile];
    checkOneOf(argumentCheck(this.label), "sku", sku, SKUS, "These are the copies that Azure makes.");
    checkNames(argumentCheck(this.label), "containers", args.containers ?? [], CONTAINER_NAME);
    const network = endpointNetwork(this.label, context, args.privateEndpoints);
    const account = this.child("account", storage.StorageAccount, {
      resourceGroupName: context.resourceGroupName,
      kind: "StorageV2",
      sku: { name: sku },
      accessTier: "Hot",
      minimumTlsVersion: "TLS1_2",
      enableHttpsTrafficOnly: true,
      allowBlobPublicAccess: false,
      allowSharedKeyAccess: false,
      defaultToOAuthAuthentication: true,
      allowCrossTenantReplication: false,
      isLocalUserEnabled: false,
      isSftpEnabled: false,
      ...(context.profile === "production" && { encryption: ENCRYPTION }),
      ...(network && {
        publicNetworkAccess: "Disabled",
        networkRuleSet: { defaultAction: "Deny", bypass: "AzureServices" },
      }),
    });
    this.#makeParts(args, account.name);
    const used = kindsOf(args);
    const services = used.map((kind) => SERVICES[kind].name);
    this.crossCut({
      main: account,
      logs: services.map((service, index) => ({
        ...(index > 0 && { name: service }),
        resourceId: pulumi.interpolate`${account.id}/${service}Services/default`,
        group: "audit",
      })),
      ...(network && { endpoints: { network, links: services } }),
      alerts: ALERTS,
      keepsData: true,
    });
    return account;
  }

  #makeParts(args: StorageAccountArgs, accountName: pulumi.Output<string>): void {
    const below = { resourceGroupName: args.context.resourceGroupName, accountName };
    const blobs = this.child("blobs", storage.BlobServiceProperties, {
      ...below,
      blobServicesName: "default",
      deleteRetentionPolicy: { enabled: true, days: RESTORE_DAYS },
      containerDeleteRetentionPolicy: { enabled: true, days: RESTORE_DAYS },
    });
    for (const containerName of args.containers ?? []) {
      const container = { ...below, containerName, publicAccess: "None" } as const;
      this.child(`container-${containerName}`, storage.BlobContainer, container, { dependsOn: blobs });
    }
    for (const queueName of args.queues ?? []) this.child(`queue-${queueName}`, storage.Queue, { ...below, queueName });
    for (const tableName of args.tables ?? []) this.child(`table-${tableName}`, storage.Table, { ...below, tableName });
    for (const [shareName, { quotaGib }] of Object.entries(args.shares ?? {})) {
      const share = { ...below, shareName, shareQuota: quotaGib, enabledProtocols: "SMB" } as const;
      this.child(`share-${shareName}`, storage.FileShare, share);
    }
  }

  /** One of `containers`. @throws {ComponentError} `NOT_MADE` */
  container(containerName: string): LinkedContainer {
    return { containerName, ...this.#part("container", containerName) };
  }

  /** One of `queues`. @throws {ComponentError} `NOT_MADE` */
  queue(queueName: string): { readonly queueName: string; link(access: StorageQueueAccess): LinkGrant } {
    return { queueName, ...this.#part("queue", queueName) };
  }

  /** One of `tables`. @throws {ComponentError} `NOT_MADE` */
  table(tableName: string): { readonly tableName: string; link(access: TableAccess): LinkGrant } {
    return { tableName, ...this.#part("table", tableName) };
  }

  /** One of `shares`. @throws {ComponentError} `NOT_MADE` */
  share(shareName: string): { readonly shareName: string; link(access: ShareAccess): LinkGrant } {
    return { shareName, ...this.#part("share", shareName) };
  }

  #part<Of extends Kind>(kind: Of, name: string): { link(access: keyof (typeof ROLE)[Of]): LinkGrant } {
    const prerequisites = this.partOf(`${kind}-${name}`);
    const service = SERVICES[kind];
    const roles: Readonly<Record<PropertyKey, RoleName>> = ROLE[kind];
    const scope = pulumi.interpolate`${this.accountId}/${service.path}/${name}`;
    const env = {
      AZURE_STORAGE_ACCOUNT_NAME: this.accountName,
      [`AZURE_STORAGE_${service.name.toUpperCase()}_ENDPOINT`]: this.#endpoints[service.name],
    };
    const key = kind === "container" ? `${this.key}-${name}` : `${this.key}-${kind}-${name}`;
    return {
      link: (access) => {
        const role = roles[access];
        const names = { [`${kind}Name`]: name };
        return { key, source: this.key, env, names, roles: role ? [{ role, scope }] : [], prerequisites };
      },
    };
  }
}

/** The services in use, blobs first: they are the account's main one. */
function kindsOf(args: StorageAccountArgs): readonly Kind[] {
  const used: readonly (readonly [Kind, number])[] = [
    ["queue", args.queues?.length ?? 0],
    ["table", args.tables?.length ?? 0],
    ["share", Object.keys(args.shares ?? {}).length],
  ];
  return ["container", ...used.filter(([, count]) => count > 0).map(([kind]) => kind)];
}
