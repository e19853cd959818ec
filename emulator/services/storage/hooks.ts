import { ArmError, type ArmResource, type Json, type ResourceHooks } from "../../core/resources.ts";
import { ACCOUNT } from "./accounts.ts";
import type { BlobContainer } from "./blobStore.ts";
import type { OpenAccount } from "./index.ts";

export interface Accounts {
  open(id: string): Promise<OpenAccount>;
  find(id: string): OpenAccount | undefined;
  remove(id: string): Promise<void>;
}

/** What ARM does through this service. */
export function storageHooks(accounts: Accounts): readonly ResourceHooks[] {
  return [
    accountHooks(accounts),
    {
      type: `${ACCOUNT}/blobServices`,
      put: async ({ desired }) => ({
        cors: { corsRules: [] },
        deleteRetentionPolicy: { enabled: false },
        ...desired.properties,
      }),
    },
    {
      type: `${ACCOUNT}/queueServices`,
      put: async ({ desired }) => ({ cors: { corsRules: [] }, ...desired.properties }),
    },
    {
      type: `${ACCOUNT}/managementPolicies`,
      validate: ({ desired }) => checkPolicy(desired),
      put: async () => ({ lastModifiedTime: new Date().toISOString() }),
    },
    containerHooks(accounts),
    queueHooks(accounts),
  ];
}

function accountHooks(accounts: Accounts): ResourceHooks {
  const keyList = (id: string) => ({
    keys: requireAccount(accounts, id)
      .account.keys()
      .map((key, index) => ({ keyName: `key${index + 1}`, value: key.toString("base64"), permissions: "FULL" })),
  });
  return {
    type: ACCOUNT,
    validate: ({ desired }) => {
      if (!/^[a-z0-9]{3,24}$/.test(desired.name)) {
        throw new ArmError(
          400,
          "AccountNameInvalid",
          `${desired.name} is not a valid storage account name: 3 to 24 lower-case letters and digits.`,
        );
      }
    },
    put: async ({ desired }) => {
      const opened = await accounts.open(desired.id);
      return {
        ...defaults,
        ...desired.properties,
        provisioningState: "Succeeded",
        primaryLocation: desired.location ?? "",
        statusOfPrimary: "available",
        primaryEndpoints: opened.endpoints,
      };
    },
    delete: (account) => accounts.remove(account.id),
    actions: {
      listKeys: async (resource) => ({ body: keyList(resource.id) }),
      regenerateKey: async (resource, body) => {
        const { keyName } = body as { readonly keyName?: string };
        if (keyName !== "key1" && keyName !== "key2")
          throw new ArmError(400, "InvalidValuesForRequestParameters", "keyName must be key1 or key2.");
        requireAccount(accounts, resource.id).account.regenerate(keyName);
        return { body: keyList(resource.id) };
      },
    },
  };
}

/** Defaults of a new account (ARM reference, Microsoft.Storage 2024-01-01). */
const defaults = {
  accessTier: "Hot",
  supportsHttpsTrafficOnly: true,
  minimumTlsVersion: "TLS1_2",
  allowBlobPublicAccess: false,
  allowSharedKeyAccess: true,
};

function containerHooks(accounts: Accounts): ResourceHooks {
  const accountOf = (child: ArmResource) => requireAccount(accounts, child.id.split("/").slice(0, 9).join("/"));
  return {
    type: `${ACCOUNT}/blobServices/containers`,
    validate: ({ desired }) => {
      const access = desired.properties.publicAccess;
      if (access && access !== "None" && !accountOf(desired).account.allowsPublic) {
        throw new ArmError(409, "PublicAccessNotPermitted", "Public access is not permitted on this storage account.");
      }
    },
    put: async ({ desired }) => {
      const { store } = accountOf(desired).house;
      const existing = store.container(desired.name);
      const { publicAccess = "None", metadata = {} } = desired.properties as {
        readonly publicAccess?: string;
        readonly metadata?: Readonly<Record<string, string>>;
      };
      const level = publicAccess.toLowerCase();
      const access: BlobContainer["publicAccess"] = level === "container" || level === "blob" ? level : undefined;
      const container: BlobContainer = {
        name: desired.name,
        ...store.stamp(),
        metadata,
        publicAccess: access,
        lease: existing?.lease,
      };
      store.putContainer(container);
      return {
        ...desired.properties,
        publicAccess,
        etag: container.etag,
        lastModifiedTime: new Date(container.modified).toISOString(),
        hasImmutabilityPolicy: false,
        hasLegalHold: false,
        leaseStatus: "Unlocked",
        leaseState: "Available",
      };
    },
    delete: async (child) => {
      const { store, files } = accountOf(child).house;
      await files.remove(store.deleteContainer(child.name));
    },
  };
}

function queueHooks(accounts: Accounts): ResourceHooks {
  const accountOf = (child: ArmResource) => requireAccount(accounts, child.id.split("/").slice(0, 9).join("/"));
  return {
    type: `${ACCOUNT}/queueServices/queues`,
    put: async ({ desired }) => {
      const metadata = (desired.properties.metadata ?? {}) as Readonly<Record<string, string>>;
      accountOf(desired).queues.putQueue({ name: desired.name, metadata });
      return desired.properties;
    },
    read: (child) => ({
      approximateMessageCount: accounts.find(child.id.split("/").slice(0, 9).join("/"))?.queues.count(child.name) ?? 0,
    }),
    delete: async (child) => accountOf(child).queues.deleteQueue(child.name),
  };
}

function checkPolicy({ name, properties }: ArmResource): void {
  const { policy } = properties as { readonly policy?: Json };
  if (name.toLowerCase() !== "default")
    throw new ArmError(400, "InvalidRequest", "A management policy is named 'default'.");
  if (!Array.isArray(policy?.rules))
    throw new ArmError(400, "InvalidRequest", "A management policy needs 'policy.rules'.");
}

function requireAccount(accounts: Accounts, id: string): OpenAccount {
  const found = accounts.find(id);
  if (!found) throw new ArmError(404, "ResourceNotFound", `The storage account '${id}' was not found.`);
  return found;
}
