import type { Advice } from "./entry.ts";

/** Names: taken, held by something deleted, not well formed. */
export const NAME_ADVICE: readonly Advice[] = [
  {
    id: "soft-deleted-vault",
    pattern: /VaultAlreadyExists|vault .*already exists in deleted state|exists in deleted state.*(recover|purge)/i,
    cause: "A deleted key vault keeps its name until it is purged, 7 to 90 days later.",
    fix: "Recover it (`az keyvault recover --name …`), purge it (`az keyvault purge --name …`) when purge protection is off, or take fresh names.",
    option: "nameEpoch in devfactory:deployment",
    source: "Microsoft Learn, Key Vault recovery management; pulumi-azure-native #1174",
    example:
      'Code="ConflictError" Message="A vault with the same name already exists in deleted state. You need to either recover or purge existing key vault."',
  },
  {
    id: "soft-deleted-secret",
    pattern: /ObjectIsDeletedButRecoverable|is currently in a deleted but recoverable state/i,
    cause: "A secret, key or certificate of this name was deleted and is kept until it is purged.",
    fix: "Recover it with `az keyvault secret recover`, or purge it, and deploy again.",
    source: "Microsoft Learn, Key Vault soft-delete overview",
    example:
      "Secret db-password is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged.",
  },
  {
    id: "soft-deleted-api-management",
    pattern: /ServiceAlreadyExistsInSoftDeletedState|ServiceInSoftDeletedState/i,
    cause: "A deleted API Management service keeps its name for 48 hours.",
    fix: "Purge it (`az apim deletedservice purge`), or restore it by a PUT with `restore: true`.",
    option: "nameEpoch in devfactory:deployment",
    source: "Microsoft Learn, API Management soft-delete",
    example: 'Code="ServiceAlreadyExistsInSoftDeletedState" Message="Api service apim-shop was soft-deleted."',
  },
  {
    id: "soft-deleted-cognitive",
    pattern: /FlagMustBeSetForRestore|CustomDomainInUse/i,
    cause: "A deleted Azure AI services account keeps its name and its subdomain for 48 hours.",
    fix: "Purge it (`az cognitiveservices account purge`), or restore it with `restore: true`.",
    option: "nameEpoch in devfactory:deployment",
    source: "Microsoft Learn, Recover or purge deleted Azure AI services resources",
    example:
      "Code=\"FlagMustBeSetForRestore\" Message=\"An existing resource with ID oai-shop has been soft-deleted. To restore the resource, you must specify 'restore' to be 'true' in the property.\"",
  },
  {
    id: "soft-deleted-app-configuration",
    pattern: /configuration store.*(soft.?deleted|deleted state)|NameUnavailable.*configurationStores/i,
    cause: "A deleted App Configuration store keeps its name for as long as its retention says, at most seven days.",
    fix: "Purge it (`az appconfig purge`), or recover it (`az appconfig recover`).",
    option: "nameEpoch in devfactory:deployment",
    source: "Microsoft Learn, Soft delete in Azure App Configuration",
    example: "The configuration store appcs-shop is in a soft-deleted state; its name is reserved.",
  },
  {
    id: "storage-name-taken",
    pattern: /StorageAccountAlreadyTaken|storage account named .* is already taken/i,
    cause: "Names of storage accounts are shared by all of Azure, and somebody has this one.",
    fix: "Leave the name to the component, which adds a hash, or raise the name epoch for another one.",
    option: "nameEpoch in devfactory:deployment",
    source: "Microsoft Learn, Resolve errors for storage account names",
    example: 'Code="StorageAccountAlreadyTaken" Message="The storage account named stshop is already taken."',
  },
  {
    id: "storage-name-invalid",
    pattern: /AccountNameInvalid|not a valid storage account name/i,
    cause: "Names of storage accounts have 3 to 24 lower case letters and digits.",
    fix: "Leave the name to the component.",
    source: "Microsoft Learn, Resolve errors for storage account names",
    example: 'Code="AccountNameInvalid" Message="st-Shop is not a valid storage account name."',
  },
  {
    id: "name-taken",
    pattern:
      /NameAlreadyExists|AlreadyInUse\b|DnsRecordInUse|DomainNameAlreadyTaken|The name '.*' is already (in use|taken)|Dns record for .* is already taken/i,
    cause: "The name is part of a host name that all of Azure shares, and it is in use.",
    fix: "Leave the name to the component, or raise the name epoch for another one.",
    option: "nameEpoch in devfactory:deployment",
    source: "Microsoft Learn, Common Azure deployment errors",
    example: 'Code="AlreadyInUse" Message="The registry DNS name crshop.azurecr.io is already in use."',
  },
  {
    id: "reserved-name",
    pattern: /ReservedResourceName|trademarked|reserved word/i,
    cause: "Names of public endpoints may not contain Microsoft's marks (azure, windows, office, xbox …).",
    fix: "Give the app another `name`.",
    option: "name in devfactory.yaml",
    source: "Microsoft Learn, Resolve reserved resource name errors",
    example: 'Code="ReservedResourceName" Message="The resource name contains a trademarked or reserved word."',
  },
  {
    id: "name-not-valid",
    pattern: /InvalidResourceName|ResourceNameInvalid|ContainerAppInvalidName/i,
    cause: "The name breaks the rule of its resource type (length or characters).",
    fix: "Leave the name to the component; given names must follow the rule in the message.",
    source: "Microsoft Learn, Naming rules and restrictions for Azure resources",
    example: 'Code="ContainerAppInvalidName" Message="Invalid ContainerApp name: Shop_Web."',
  },
];
