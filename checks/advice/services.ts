import type { Advice } from "./entry.ts";

/** Single services: containers, data, network, budgets. */
export const SERVICE_ADVICE: readonly Advice[] = [
  {
    id: "image-pull-unauthorised",
    pattern:
      /UNAUTHORIZED: authentication required|InvalidParameterValueInContainerTemplate.*(pull|unauthori[sz]ed)|unable to pull image using Managed identity/i,
    cause: "The app's identity may not pull from the registry, or may not yet.",
    fix: "Give it AcrPull on the registry and name the identity in `registries`; a new role takes some minutes, so deploy again.",
    option: "registry: the component, which gives AcrPull before the app is made",
    source: "Microsoft Learn, Azure Container Apps image pull with managed identity; ACR troubleshooting",
    example:
      'Code="InvalidParameterValueInContainerTemplate" Message="Field \'template.containers.web.image\' is invalid: GET https:?scope=repository: UNAUTHORIZED: authentication required"',
  },
  {
    id: "image-missing",
    pattern: /MANIFEST_UNKNOWN|manifest (tagged by|for) .* not found/i,
    cause: "The registry has no image of this tag or digest.",
    fix: "Build and push the image first, and refer to it by its digest.",
    source: "OCI distribution specification, error codes; ACR troubleshooting",
    example: "MANIFEST_UNKNOWN: manifest unknown; the reference shop/web is not in crshop.azurecr.io",
  },
  {
    id: "image-platform",
    pattern: /no matching manifest for linux\/amd64|exec format error|child with platform linux\/amd64/i,
    cause: "The image is built for another processor, often on an ARM laptop.",
    fix: "Build it for linux/amd64 (`docker build --platform linux/amd64`), or let the registry build it.",
    source: "Microsoft Learn, Azure Container Apps troubleshooting",
    example: "no matching manifest for linux/amd64 in the manifest list entries",
  },
  {
    id: "revision-not-ready",
    pattern: /ContainerAppOperationError|Failed to provision revision|revision .* (did not|failed to) .*(ready|start)/i,
    cause: "The new revision did not get ready: the process ends, listens on another port, or a probe gets no 200.",
    fix: "Read its log (`az containerapp logs show --type console`), and compare `port` and `health` with what the process does.",
    option: "port and health in devfactory.yaml",
    source: "Microsoft Learn, Troubleshoot container start failures; azure-container-apps #691",
    example: 'Code="ContainerAppOperationError" Message="Failed to provision revision for container app \'ca-shop\'."',
  },
  {
    id: "secret-reference",
    pattern:
      /ContainerAppSecretInvalid|Unable to get value using Managed identity .* for secret|ContainerAppSecretKeyVaultUrlInvalid/i,
    cause: "The app's identity cannot read a vault secret that the app refers to.",
    fix: "Link the app to the vault with `read`, and see that the secret exists.",
    option: 'link(secrets, "read")',
    source: "Microsoft Learn, Manage secrets in Azure Container Apps",
    example: 'Code="ContainerAppSecretInvalid" Message="The secret db-url is refused."',
  },
  {
    id: "domain-not-verified",
    pattern: /InvalidCustomHostNameValidation|FailedToVerify\w*Domain|TXT record pointing from asuid/i,
    cause: "The domain's owner has not been proved: the TXT record `asuid.<domain>` is missing or not seen yet.",
    fix: "Add the TXT record with the verification id in the message, wait for the DNS, and deploy again.",
    source: "Microsoft Learn, Custom domain names in Azure Container Apps",
    example:
      'Code="InvalidCustomHostNameValidation" Message="A TXT record pointing from asuid.shop.example to A1B2 was not found."',
  },
  {
    id: "certificate-pending",
    pattern:
      /CertificateMustExist|ManagedCertificate\w*(NotReady|Pending)|RequireCustomHostnameInEnvironment|CertificateInUse/i,
    cause: "A managed certificate needs a host name that is bound, and a binding with TLS needs the certificate.",
    fix: "Deploy in two phases: bind the domain without a certificate, make the certificate, then bind it.",
    source: "Microsoft Learn, Managed certificates in Azure Container Apps; azure-container-apps #796",
    example:
      'Code="RequireCustomHostnameInEnvironment" Message="Creating managed certificate requires hostname \'shop.example\' added as a custom hostname."',
  },
  {
    id: "dns-zone-in-use",
    pattern: /CnameRecord.*(invalid|not found)|DnsValidationFailed|hostname .* CNAME/i,
    cause: "The name's CNAME does not point to the service.",
    fix: "Let the CNAME of the domain point to the host name of the app; an apex domain needs an ALIAS or A record.",
    source: "Microsoft Learn, Set up a custom domain in Azure Static Web Apps; static-web-apps #608",
    example: "CnameRecord is invalid. Please ensure the record has been created.",
  },
  {
    id: "static-site-region",
    pattern: /staticSites.*(List of available regions|location.*not available)|SkuCode 'Free' is invalid/i,
    cause: "Static Web Apps keep their functions in five regions only.",
    fix: "Use centralus, eastus2, westus2, westeurope or eastasia; the pages are served world-wide anyway.",
    option: "location of StaticWebApp",
    source: "Microsoft Learn, Quotas in Azure Static Web Apps",
    example: "The SkuCode 'Free' is invalid.",
  },
  {
    id: "free-tier-taken",
    pattern: /free tier.*(already|only one|limit)|Number of (free|F1) .* exceeded|FreeTierAlreadyApplied/i,
    cause: "A subscription may have one free-tier account of this kind.",
    fix: "Choose a paid tier, or share the account that has the free one.",
    option: "existing(…) of the component",
    source: "Microsoft Learn, Azure Cosmos DB free tier",
    example: "Free tier has already been applied to another Azure Cosmos DB account in this subscription.",
  },
  {
    id: "postgres-server-busy",
    pattern: /ServerIsBusy|server '?\S+'? is busy processing another operation/i,
    cause: "A flexible server does one thing at a time.",
    fix: "Deploy again. Components put the parts of a server one after the other.",
    option: "PostgresServer in place of single resources",
    source: "Microsoft Learn, PostgreSQL flexible server troubleshooting",
    example: 'Code="ServerIsBusy" Message="Cannot complete the operation because the server is busy."',
  },
  {
    id: "postgres-storage-shrink",
    pattern: /StorageScalingDown|storage.*(cannot|not allowed|can't).*(reduc|decreas|shrink|scaled? down)/i,
    cause: "Storage of a database server grows and never shrinks.",
    fix: "Keep the size that it has, or move the data to a new server.",
    option: "storageGb in devfactory.yaml",
    source: "Microsoft Learn, PostgreSQL flexible server storage limits",
    example: "Server storage cannot be reduced from 64 GiB to 32 GiB.",
  },
  {
    id: "subnet-in-use",
    pattern: /InUseSubnetCannotBeDeleted|SubnetAlreadyInUse|ManagedEnvironmentSubnetInUse|Subnet .* is in use by/i,
    cause:
      "Something still stands in the subnet: an environment, a private endpoint or a service link that Azure removes late.",
    fix: "Delete what the message names first; service links go some minutes after their service.",
    source: "Microsoft Learn, Troubleshoot subnet deletion",
    example:
      'Code="InUseSubnetCannotBeDeleted" Message="Subnet apps is in use by legionservicelink and cannot be deleted."',
  },
  {
    id: "subnet-delegation",
    pattern: /SubnetMissingRequiredDelegation|ManagedEnvironmentSubnetDelegationError|subnet .* must be delegated/i,
    cause: "The service needs a subnet that is delegated to it alone.",
    fix: "Delegate the subnet to the service in the message, or let the component make it.",
    option: "network: new Network(…)",
    source: "Microsoft Learn, Subnet delegation overview",
    example: 'Code="ManagedEnvironmentSubnetDelegationError" Message="The subnet is not delegated."',
  },
  {
    id: "subnet-too-small",
    pattern: /ManagedEnvironmentInvalidNetworkConfiguration|SubnetIsFull|NotEnoughIPAddress|subnet.*at least \/2\d/i,
    cause: "The subnet has too few addresses: an environment with workload profiles needs /27, one without /23.",
    fix: "Give it a larger range, or let the component make it.",
    option: "network: new Network(…)",
    source: "Microsoft Learn, Networking in Azure Container Apps environment",
    example: 'Code="ManagedEnvironmentInvalidNetworkConfiguration" Message="The size of the subnet must be larger."',
  },
  {
    id: "budget-dates",
    pattern: /Budget(StartDate|TimePeriod)\w*|start date (should|must) be .*first (day )?of the month/i,
    cause:
      "A budget starts at the first of a month, in this month or later, and an existing one cannot move its start.",
    fix: "Use the first of the current month, and leave the date as it is afterwards.",
    option: "budget in devfactory.yaml",
    source: "Microsoft Learn, Budgets REST API",
    example: 'Code="BudgetStartDateInvalid" Message="The start of the period is refused."',
  },
  {
    id: "budget-not-supported",
    pattern:
      /Cost Management supports only Enterprise Agreement|IndirectCostDisabled|subscription type .* (not supported|unsupported).*budget/i,
    cause:
      "Budgets are not offered for this kind of subscription, or the account's administrator has switched views of cost off.",
    fix: "Leave the budget out, or let the billing administrator switch it on.",
    option: "budget in devfactory.yaml",
    source: "Microsoft Learn, Understand and work with Cost Management scopes",
    example:
      "Cost Management supports only Enterprise Agreement, Web direct and Microsoft Customer Agreement offer types.",
  },
];
