import type * as pulumi from "@pulumi/pulumi";
import type { AlertRules } from "../core/alerts.ts";
import { type ArgumentCheck, argumentCheck, checkOneOf } from "../core/argument.ts";
import { appconfiguration } from "../core/azureOnDemand.ts";
import { AzureComponent, type ComponentArgs } from "../core/component.ts";
import type { AppContext } from "../core/context.ts";
import { CROSS_CUT_SLOTS, type CrossCutArgs, type CrossCutTransforms } from "../core/crossCut.ts";
import { type Existing, isExisting } from "../core/existing.ts";
import type { LinkGrant } from "../core/link.ts";
import { type EndpointRefusal, endpointNetwork } from "../core/privateEndpoint.ts";
import type { Profile } from "../core/profile.ts";
import type { RoleName } from "../core/roles.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";
import type { VaultSecret } from "../security/keyVault.ts";

type StoreArgs = ArgsOf<typeof appconfiguration.ConfigurationStore>;

/** What a SKU can do. Source: Microsoft Learn, "Azure App Configuration pricing tiers and features" (from memory, to be verified). */
const SKUS = {
  free: { softDelete: false, endpoints: false },
  developer: { softDelete: false, endpoints: true },
  standard: { softDelete: true, endpoints: true },
  premium: { softDelete: true, endpoints: true },
} as const;
const SKU = { dev: "developer", standard: "standard", production: "standard" } as const satisfies Record<
  Profile,
  keyof typeof SKUS
>;
const ROLE = { read: "configReader", write: "configOwner" } as const satisfies Record<string, RoleName>;
/** Days that a deleted store can be recovered; chosen once, a change replaces the store. */
const RETENTION_DAYS = 7;

const REFERENCE = "application/vnd.microsoft.appconfig.keyvaultref+json;charset=utf-8";
const FLAG = "application/vnd.microsoft.appconfig.ff+json;charset=utf-8";
const SECRET_LIKE = /(password|passwd|secret|token|api[-_]?key|connection[-_]?string|private[-_]?key)$/i;

const ALERTS = {
  throttled: {
    metric: "ThrottledHttpRequestCount",
    is: "GreaterThan",
    threshold: 0,
    by: "Total",
    severity: 2,
    says: "Requests are refused because the SKU's number of them is used up.",
  },
} as const satisfies AlertRules;

export type ConfigAccess = keyof typeof ROLE;

export interface AppConfigurationArgs
  extends ComponentArgs,
    Pick<CrossCutArgs, "roleAssignments" | "privateEndpoints" | "diagnostics" | "lock" | "alerts"> {
  /** @default developer in dev (under 5 USD), else standard. Free allows one store in a region of a subscription. Updates. */
  readonly sku?: keyof typeof SKUS;
  /**
   * Settings by key. A value of a vault is stored as a reference: who reads it needs the right to the secret too. A key that looks
   * like a secret's takes nothing else. Removing one deletes it.
   */
  readonly values?: Readonly<Record<string, string | VaultSecret>>;
  /** Feature flags: on or off for everybody. */
  readonly features?: Readonly<Record<string, boolean>>;
  /** Label of all values and flags, for example a stage. @default none. Changing this makes all of them anew. */
  readonly label?: string;
  readonly transform?: CrossCutTransforms & {
    readonly store?: Transform<StoreArgs>;
    readonly [value: `value-${string}`]: Transform<ArgsOf<typeof appconfiguration.KeyValue>>;
    readonly [feature: `feature-${string}`]: Transform<ArgsOf<typeof appconfiguration.KeyValue>>;
  };
}

/**
 * Settings and feature flags that change without a new version of the app (Azure App Configuration). Creates `store`, `value-<key>`,
 * `feature-<name>`, and what the common options ask for.
 *
 * Grants on the store: `read` → App Configuration Data Reader, `write` → App Configuration Data Owner, with
 * `AZURE_APP_CONFIGURATION_ENDPOINT`. Keys are off in every profile. Defaults: developer in dev (under 5 USD a month), standard with
 * 7 days of soft delete in standard (36 USD), and purge protection in production: a deleted store then keeps its name for 7 days.
 *
 * Limits: with keys off, values pass through to the data plane under the identity that deploys: it needs App Configuration Data
 * Owner on the store or its group, or `up` ends with 403 at the first value. With a private endpoint they pass over a private link of
 * Azure Resource Manager only: without one around the machine that deploys, set `privateEndpoints: false` or write them from within.
 *
 * @example A value and a flag that an app reads
 * ```ts
 * const config = new AppConfiguration("config", { context, values: { "log:level": "info" }, features: { beta: false } });
 * new ContainerApp("api", { ...app, link: [config.link("read")] });
 * ```
 *
 * @example A reference to a secret, with a label
 * ```ts
 * const values = { "stripe:key": vault.secret("stripe") };
 * new AppConfiguration("config", { context, label: "blue", values });
 * ```
 *
 * @example A job that switches flags
 * ```ts
 * const config = new AppConfiguration("config", { context });
 * new ContainerJob("rollout", { ...app, link: [config.link("write")] });
 * ```
 *
 * @example In a network only; its values are written from within
 * ```ts
 * new AppConfiguration("config", { context: network.within(context), sku: "standard", privateEndpoints: true });
 * ```
 */
export class AppConfiguration extends AzureComponent<AppConfigurationArgs | Existing> {
  /** ARM id. */
  readonly storeId: pulumi.Output<string>;
  /** Physical name. */
  readonly storeName: pulumi.Output<string>;
  /** Address of the values, with scheme. */
  readonly endpoint: pulumi.Output<string>;

  /** @throws {ComponentError} `ARGUMENT_INVALID`, `OPTION_UNSUPPORTED` for an endpoint of the free SKU */
  constructor(name: string, args: AppConfigurationArgs | Existing, opts?: pulumi.ComponentResourceOptions) {
    if (!isExisting(args)) checkArgs(argumentCheck(`AppConfiguration ${name}`), args);
    super("AppConfiguration", name, args, opts, ["store", "value-*", "feature-*", ...CROSS_CUT_SLOTS]);
    const store = isExisting(args)
      ? this.adopt("store", appconfiguration.ConfigurationStore, args.resourceId)
      : this.#make(args);
    this.storeId = store.id;
    this.storeName = store.name;
    this.endpoint = store.endpoint;
    this.registerOutputs({ storeName: this.storeName, endpoint: this.endpoint });
  }

  /** A store that somebody else manages: the same links, nothing made or changed. */
  static existing(name: string, at: Existing, opts?: pulumi.ComponentResourceOptions): AppConfiguration {
    return new AppConfiguration(name, at, opts);
  }

  #make(args: AppConfigurationArgs): InstanceType<typeof appconfiguration.ConfigurationStore> {
    const { context } = args;
    const { resourceGroupName } = context;
    const sku = args.sku ?? SKU[context.profile];
    const network = endpointNetwork(this.label, context, args.privateEndpoints, notFree(sku));
    const store = this.child(
      "store",
      appconfiguration.ConfigurationStore,
      storeArgs(context, sku, network !== undefined),
    );
    const below = { resourceGroupName, configStoreName: store.name };
    for (const [key, value] of Object.entries(args.values ?? {})) {
      this.child(`value-${key}`, appconfiguration.KeyValue, {
        ...below,
        keyValueName: keyValueName(key, args.label),
        ...(typeof value === "string" ? { value } : { value: reference(value), contentType: REFERENCE }),
      });
    }
    for (const [id, enabled] of Object.entries(args.features ?? {})) {
      this.child(`feature-${id}`, appconfiguration.KeyValue, {
        ...below,
        keyValueName: keyValueName(`.appconfig.featureflag/${id}`, args.label),
        value: JSON.stringify({ id, enabled, conditions: { client_filters: [] } }),
        contentType: FLAG,
      });
    }
    this.crossCut({
      main: store,
      logs: [{ resourceId: store.id, group: "audit" }],
      ...(network && { endpoints: { network, links: ["appConfiguration"] } }),
      alerts: ALERTS,
      keepsData: true,
    });
    return store;
  }

  /** All values and flags of the store. */
  link(access: ConfigAccess): LinkGrant {
    const env = { AZURE_APP_CONFIGURATION_ENDPOINT: this.endpoint };
    const roles = [{ role: ROLE[access], scope: this.storeId }];
    return { key: this.key, source: this.key, env, roles, prerequisites: this.attachments };
  }
}

/**
 * The name under which ARM keeps a value: key and label joined by `$`; other characters are written as in an address, with `~` for `%`.
 * Source: Microsoft Learn, template reference of Microsoft.AppConfiguration/configurationStores/keyValues.
 */
export function keyValueName(key: string, label: string | undefined): string {
  return [key, ...(label === undefined ? [] : [label])].map(escaped).join("$");
}

function escaped(text: string): string {
  return Array.from(Buffer.from(text, "utf8"), (byte) => {
    const character = String.fromCharCode(byte);
    if (/[A-Za-z0-9._-]/.test(character)) return character;
    return `~${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}

function reference(secret: VaultSecret): pulumi.Output<string> {
  return secret.url.apply((uri) => JSON.stringify({ uri }));
}

function notFree(sku: keyof typeof SKUS): EndpointRefusal | undefined {
  if (SKUS[sku].endpoints) return undefined;
  return { needed: "SKU developer, standard or premium", given: sku, why: "the free SKU has no private endpoints" };
}

function storeArgs({ resourceGroupName, profile }: AppContext, sku: keyof typeof SKUS, closed: boolean): StoreArgs {
  return {
    resourceGroupName,
    sku: { name: sku },
    disableLocalAuth: true,
    dataPlaneProxy: {
      authenticationMode: "Pass-through", // the other mode needs the keys
      ...(closed && { privateLinkDelegation: "Enabled" }), // else no value could be written through ARM at all
    },
    ...(closed && { publicNetworkAccess: "Disabled" }),
    ...(SKUS[sku].softDelete && {
      softDeleteRetentionInDays: RETENTION_DAYS,
      enablePurgeProtection: profile === "production",
    }),
  };
}

function checkArgs(check: ArgumentCheck, { sku, values, features, label, context }: AppConfigurationArgs): void {
  checkOneOf(check, "sku", sku ?? "standard", Object.keys(SKUS), "Azure has no other stores.");
  check("sku", sku, context.profile !== "production" || SKUS[sku ?? "standard"].softDelete, {
    allowed: "standard or premium in production",
    why: "Purge protection needs one of them.",
  });
  for (const [key, value] of Object.entries(values ?? {})) {
    check("values", key, /^[^%*,\\]+$/.test(key) && key !== "." && key !== ".." && !key.startsWith(".appconfig."), {
      allowed: "keys without %, *, comma and backslash, not . or .., and not below .appconfig.",
      why: "App Configuration keeps these for itself.",
    });
    check("values", key, typeof value !== "string" || !SECRET_LIKE.test(key), {
      allowed: "a secret of a vault for a key like this one",
      why: "Whoever reads the store would read the secret.",
    });
  }
  for (const id of Object.keys(features ?? {})) {
    check("features", id, /^[^%:\s]+$/.test(id), {
      allowed: "names without %, colon and blanks",
      why: "The portal and the client libraries take no others.",
    });
  }
  check("label", label, label === undefined || /^[^*,\\%$]+$/.test(label), {
    allowed: "a text without *, comma, backslash, % and $",
    why: "They are operators of its queries.",
  });
}
