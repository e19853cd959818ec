import type { Advice } from "./entry.ts";

/** What a region, an offer or a subscription does not give. */
export const CAPACITY_ADVICE: readonly Advice[] = [
  {
    id: "container-environments-exceeded",
    pattern: /MaxNumberOf(Regional|Global)?EnvironmentsInSubExceeded/i,
    cause:
      "The subscription has as many Container Apps environments as it may have in this region (15 by default, 1 on trial offers).",
    fix: "Put the app into an environment that exists, delete one that nobody uses, or ask for more in the portal under Quotas.",
    option: "environment: ContainerEnvironment.existing(…)",
    source: "Microsoft Learn, Quotas for Azure Container Apps; azure-container-apps #1226",
    example:
      'Code="MaxNumberOfRegionalEnvironmentsInSubExceeded" Message="The subscription cannot have more than 15 environments in East US."',
  },
  {
    id: "container-cores-exceeded",
    pattern:
      /ManagedEnvironmentConsumptionCoresExceeded|EnvironmentCoresExceeded|exceeds? the (maximum )?(allowed )?cores? (quota|limit) (of|for) the environment/i,
    cause: "All replicas of the environment together want more cores than it may have.",
    fix: "Lower `scale.max` or `size.cpu`, or ask for more cores of the environment under Quotas.",
    option: "scale.max and size.cpu in devfactory.yaml",
    source: "Microsoft Learn, Quotas for Azure Container Apps",
    example: "The revision exceeds the allowed cores quota for the environment: 100 of 100 are in use.",
  },
  {
    id: "container-size-invalid",
    pattern: /ContainerAppInvalidResourceTotal|total requested CPU and memory/i,
    cause:
      "On the consumption plan memory in GiB is twice the number of cores, in steps of a quarter core, at most 4 cores and 8 GiB.",
    fix: "Choose a pair of the list in the message.",
    option: "size.cpu in devfactory.yaml",
    source: "Microsoft Learn, Containers in Azure Container Apps, allocations",
    example:
      'Code="ContainerAppInvalidResourceTotal" Message="The total requested CPU and memory resources for this application (CPU: 1.0, memory: 1.0) is invalid."',
  },
  {
    id: "app-service-quota",
    pattern: /SubscriptionIsOverQuotaForSku|quota of 0 instances/i,
    cause: "The subscription may not run this App Service tier in this region.",
    fix: "Use another region or tier, or ask for quota under Quotas, App Service.",
    option: "region in devfactory.yaml",
    source: "Microsoft Learn, Resolve errors for resource quotas; azurechat #533",
    example:
      'Code="SubscriptionIsOverQuotaForSku" Message="This region has quota of 0 instances for your subscription. Try selecting different region or SKU."',
  },
  {
    id: "model-quota",
    pattern: /InsufficientQuota|quota limit of .*(TPM|Tokens Per Minute)|SpecialFeatureOrQuotaIdRequired/i,
    cause: "The model deployment wants more tokens per minute than the region's quota has left.",
    fix: "Lower the capacity of the deployment, use another region, or ask for quota in the AI Foundry portal.",
    source: "Microsoft Learn, Manage Azure OpenAI quota",
    example:
      'Code="InsufficientQuota" Message="The specified capacity of account deployment is bigger than available capacity for UsageTier."',
  },
  {
    id: "cosmos-region-capacity",
    pattern: /high demand in .*region|ServiceUnavailable.*(documentdb|cosmos)/i,
    cause: "New Cosmos DB accounts are refused in a region that is full, most of all with availability zones.",
    fix: "Use another region, or ask Microsoft for access to this one (aka.ms/cosmosdbquota).",
    option: "region in devfactory.yaml",
    source: "Microsoft Learn, Azure Cosmos DB, region access requests",
    example:
      "Sorry, we are currently experiencing high demand in East US region for the zonal redundant accounts, and cannot fulfill your request at this time.",
  },
  {
    id: "postgres-location-restricted",
    pattern:
      /LocationIsOfferRestricted|restricted from provisioning (PostgreSQL )?(servers |in )|value of the '?version'? should be in:? ?\[\]/i,
    cause:
      "The offer of the subscription may not make Postgres servers in this region; an empty list of versions means the same.",
    fix: "Use another region (northeurope, centralus and swedencentral are often open), or ask for access in a support request.",
    option: "region in devfactory.yaml",
    source: "Microsoft Learn, PostgreSQL flexible server regions; terraform-provider-azurerm #21306",
    example:
      'Code="LocationIsOfferRestricted" Message="Subscriptions are restricted from provisioning in location \'eastus\'."',
  },
  {
    id: "sql-provisioning-disabled",
    pattern:
      /ProvisioningDisabled|RegionDoesNotAllowProvisioning|does not accept creation of new .*SQL Database servers/i,
    cause: "Azure SQL takes no new servers in this region for the subscription.",
    fix: "Use another region, or ask for access in a support request of the type Service and subscription limits.",
    option: "region in devfactory.yaml",
    source: "Microsoft Learn, Request quota increases for Azure SQL; DP-900 #50",
    example:
      'Code="ProvisioningDisabled" Message="Provisioning is restricted in this region. Please choose a different region."',
  },
  {
    id: "sku-not-available",
    pattern: /SkuNotAvailable|requested (VM size|tier|size) .*(not available|currently not available)/i,
    cause: "The size or tier is not offered in this region to this subscription, or has no room there now.",
    fix: "Choose another size or another region; `az vm list-skus --location …` shows what there is.",
    option: "region in devfactory.yaml, sku of the component",
    source: "Microsoft Learn, Resolve errors for SKU not available",
    example:
      "Code=\"SkuNotAvailable\" Message=\"The requested size for resource 'vm1' is currently not available in location 'westus'.\"",
  },
  {
    id: "allocation-failed",
    pattern: /AllocationFailed|OverconstrainedAllocationRequest|do not have sufficient capacity/i,
    cause: "The datacentre has no free machines of this size at the moment.",
    fix: "Try again later, or use another size, zone or region.",
    source: "Microsoft Learn, Troubleshoot allocation failures",
    example:
      'Code="AllocationFailed" Message="We do not have sufficient capacity for the requested VM size in this region."',
  },
  {
    id: "quota-exceeded",
    pattern:
      /QuotaExceeded|ContainerGroupQuotaReached|exceeding (approved )?\S* ?quota limits?|exceeding quota limits of/i,
    cause: "The subscription has used up a limit of the region, mostly cores.",
    fix: "Free some, use another region, or ask for more in the portal under Quotas.",
    option: "region in devfactory.yaml",
    source: "Microsoft Learn, Resolve errors for resource quotas",
    example:
      'Code="QuotaExceeded" Message="Operation results in exceeding quota limits of Core. Maximum allowed: 10, Current in use: 0, Additional requested: 12."',
  },
  {
    id: "storage-accounts-exceeded",
    pattern: /MaxStorageAccountsCountPerSubscriptionExceeded|SubscriptionCannotHaveMoreThan\w* storage/i,
    cause: "A subscription may have 250 storage accounts in a region.",
    fix: "Delete accounts that nobody uses, or ask for up to 500 under Quotas.",
    source: "Microsoft Learn, Scalability targets for standard storage accounts",
    example:
      'Code="MaxStorageAccountsCountPerSubscriptionExceeded" Message="Subscription already contains 250 storage accounts in location westus and the maximum allowed is 250."',
  },
  {
    id: "location-not-available",
    pattern: /LocationNotAvailableForResourceType|NoRegisteredProviderFound/i,
    cause: "The resource type is not offered in this region.",
    fix: "Use one of the regions in the message.",
    option: "region in devfactory.yaml",
    source: "Microsoft Learn, Resolve errors for resource provider registration",
    example:
      "Code=\"LocationNotAvailableForResourceType\" Message=\"The provided location 'eastus' is not available for resource type 'Microsoft.Web/staticSites'.\"",
  },
  {
    id: "subscription-disabled",
    pattern: /ReadOnlyDisabledSubscription|SubscriptionNotRegistered|DisabledSubscription/i,
    cause: "The subscription is disabled: its credit or its spending limit is used up, or it was cancelled.",
    fix: "Reactivate it in the portal under Subscriptions, or deploy to another one.",
    source: "Microsoft Learn, Reactivate a disabled Azure subscription",
    example:
      'Code="ReadOnlyDisabledSubscription" Message="The subscription is disabled and therefore marked as read only. You cannot perform any write actions."',
  },
];
