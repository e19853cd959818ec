/** A resource that was deleted and still holds its name. */
export interface DeletedName {
  /** ARM type, `Microsoft.KeyVault/vaults`. */
  readonly type: string;
  readonly name: string;
  /** When the name is free again, ISO 8601. */
  readonly purgeAt?: string;
  /** It cannot be purged before that. */
  readonly purgeProtected: boolean;
}

/** A name that Azure does not give. */
export interface TakenName {
  readonly type: string;
  readonly name: string;
  /** Azure's words. */
  readonly message: string;
}

export interface ProviderFact {
  /** `Microsoft.App` */
  readonly namespace: string;
  /** `Registered`, `NotRegistered`, `Registering`, `Unregistered` */
  readonly state: string;
  /** Regions by resource type below the namespace (`managedEnvironments`), as Azure writes them. */
  readonly locations: Readonly<Record<string, readonly string[]>>;
}

/** What a role allows, with `*` for any text. */
export interface Permission {
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
}

export interface UsageFact {
  /** `ManagedEnvironmentCount` */
  readonly name: string;
  readonly current: number;
  readonly limit: number;
}

/** A question that Azure did not answer. */
export interface UnreadFact {
  readonly what: string;
  readonly reason: string;
}

/** The subscription as it is, as far as a plan asks. A fact that could not be read is in `unread`, and nothing is concluded from its absence. */
export interface SubscriptionFacts {
  readonly deleted: readonly DeletedName[];
  readonly taken: readonly TakenName[];
  readonly providers: readonly ProviderFact[];
  /** Of the caller, where the plan goes. */
  readonly permissions?: readonly Permission[];
  /** Of Container Apps in the region. */
  readonly usages: readonly UsageFact[];
  /** Resources of the plan that exist already, by `type/name` in lower case. */
  readonly existing: readonly string[];
  readonly unread: readonly UnreadFact[];
}
