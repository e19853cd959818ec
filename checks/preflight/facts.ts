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

/** One limit of a region, and how much of it is taken. */
export interface UsageFact {
  /** `Microsoft.App` */
  readonly provider: string;
  /** `ManagedEnvironmentCount` */
  readonly name: string;
  readonly region: string;
  readonly current: number;
  readonly limit: number;
}

/** One size of a service in a region. */
export interface SizeFact {
  readonly cores: number;
  /** Of machines: the family whose cores are limited together. */
  readonly family?: string;
  /** Whether a second one in another zone can stand by. */
  readonly zones: boolean;
  /** Why the subscription may not have it. */
  readonly restricted?: string;
}

/** What a region lets the subscription make of one type. */
export interface OfferFact {
  /** ARM type, `Microsoft.DBforPostgreSQL/flexibleServers`. */
  readonly type: string;
  readonly region: string;
  /** Why nothing of the type can be made there. */
  readonly closed?: string;
  /** Why nothing of the type can be made over several zones. */
  readonly zonesClosed?: string;
  /** By name, as far as the service tells them. */
  readonly sizes?: Readonly<Record<string, SizeFact>>;
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
  readonly usages: readonly UsageFact[];
  readonly offers: readonly OfferFact[];
  /** Resources of the plan that exist already, by `type/name` in lower case. */
  readonly existing: readonly string[];
  readonly unread: readonly UnreadFact[];
}

/** Nothing is known, and nothing was asked. */
export const NO_FACTS: SubscriptionFacts = {
  deleted: [],
  taken: [],
  providers: [],
  usages: [],
  offers: [],
  existing: [],
  unread: [],
};
