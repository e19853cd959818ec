/** A message that people meet, and what to do about it. */
interface AdviceRow {
  readonly pattern: RegExp;
  readonly advice: string;
}

/**
 * The first row that fits counts, so special ones stand before general ones. No advice may contain the words by which
 * the Automation API tells errors apart (`no stack named … found`, `stack … already exists`, `the stack is currently
 * locked by`, `[409] Conflict`): it searches the whole output.
 *
 * Messages: the real CLI and this engine; Azure's codes from "Troubleshoot common Azure deployment errors" and
 * "Common error codes for Key Vault / Storage" (Microsoft Learn, read 2026-11).
 */
export const ADVICE: readonly AdviceRow[] = [
  // State and stacks
  {
    pattern: /cannot be deleted\s+because it is protected|marked for protection/,
    advice:
      "Set `protect: false` in the program and run `pulumi up`, or run `pulumi state unprotect URN`; then try again. To keep it, leave it in the program.",
  },
  {
    pattern: /incorrect passphrase/,
    advice:
      "Set PULUMI_CONFIG_PASSPHRASE (or PULUMI_CONFIG_PASSPHRASE_FILE) to the passphrase with which this stack was created.",
  },
  {
    pattern:
      /passphrase must be set with PULUMI_CONFIG_PASSPHRASE|unable to (find either|read) `?PULUMI_CONFIG_PASSPHRASE/,
    advice:
      'Set PULUMI_CONFIG_PASSPHRASE to the stack\'s passphrase, or PULUMI_CONFIG_PASSPHRASE_FILE to a file that holds it; an empty one is set with PULUMI_CONFIG_PASSPHRASE="".',
  },
  {
    pattern: /the stack is currently locked by/,
    advice: "Wait for the other operation to end. If its process is gone, run `pulumi cancel`, then try again.",
  },
  {
    pattern: /pending operations from previous deployment/,
    advice:
      "Look in the cloud whether they were done, then run `pulumi refresh --clear-pending-creates`; what exists but is not in the state comes in with `pulumi import`.",
  },
  {
    pattern: /no stack named '.*' found/,
    advice: "`pulumi stack ls --all` lists what there is in this backend; `pulumi stack init NAME` makes a new one.",
  },
  {
    pattern: /no stack selected|no stack name was given/,
    advice: "Choose one with `pulumi stack select NAME`, or pass `--stack NAME`.",
  },
  {
    pattern: /no Pulumi\.yaml project file found/,
    advice: "Run the command in the folder of the project, or pass `--cwd FOLDER`.",
  },
  {
    pattern: /Duplicate resource URN/,
    advice:
      "Two resources of one type have the same name below the same parent. Give each its own name, for instance with the name of its component in front.",
  },
  {
    pattern: /which was was not specified in --target list/,
    advice:
      "Name the missing resource with another `--target`, or add `--target-dependents` when it depends on a target.",
  },
  // Programs
  {
    pattern: /Missing required configuration variable '([^']+)'/,
    advice: "Set it with `pulumi config set KEY VALUE`, secrets with `pulumi config set --secret KEY`.",
  },
  {
    pattern: /Configuration '[^']+' value .* is not a valid/,
    advice: "Set a value of the right kind with `pulumi config set KEY VALUE`.",
  },
  {
    pattern: /Unknown file extension ["'.]*\.ts/,
    advice:
      "Programs in TypeScript need Node 24 first on PATH, and `typescript: false` below runtime.options in Pulumi.yaml.",
  },
  {
    pattern: /ERR_UNSUPPORTED_DIR_IMPORT|Directory import .* is not supported/,
    advice: "Name the file: `@pulumi/azure-native/resources/index.js` instead of `@pulumi/azure-native/resources`.",
  },
  {
    pattern:
      /ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX|TypeScript (enum|namespace|parameter property) .*not supported in strip-only mode/,
    advice:
      "Node removes types but does not translate: use a constant object instead of an enum, and fields instead of parameter properties.",
  },
  {
    pattern: /failed to locate the entry point|could not find (the )?entry point|unable to find entry point/i,
    advice:
      'Name the program\'s file as `main:` in Pulumi.yaml, or put an index.ts beside it and `"type": "module"` in package.json.',
  },
  {
    pattern: /(Cannot find module|Cannot find package) '@|Pulumi SDK has not been installed/,
    advice: "Install the program's dependencies: `pulumi install`, or `npm install` in its folder.",
  },
  {
    pattern: /Cannot find module|Cannot find package|ERR_MODULE_NOT_FOUND/,
    advice:
      "Check the import's path: relative ones need their ending (`./helper.ts`); packages are installed with `npm install`.",
  },
  {
    pattern: /Program exited with non-zero exit code/,
    advice: "The program ended by itself; what it wrote before stands above.",
  },
  // Plugins
  {
    pattern: /no resource plugin '[^']+' found/,
    advice:
      "Put the provider's executable on PATH or below $PULUMI_HOME/plugins: `pulumi plugin install resource NAME VERSION` with the real CLI does that.",
  },
  {
    pattern: /could not start plugin|plugin .*exited|wrote a non-numeric port to stdout/,
    advice:
      "Run the provider's executable by hand to see why it ends; it must be executable and print a port on its first line.",
  },
  {
    pattern: /\bUNAVAILABLE\b|ECONNREFUSED 127\.0\.0\.1/,
    advice:
      "A provider or the program went away in the middle. Run again with `--debug`; afterwards run `pulumi refresh`.",
  },
  // Azure: rights and sign-in
  {
    pattern:
      /AADSTS\d+|InvalidAuthenticationToken|ExpiredAuthenticationToken|AuthenticationFailed|az login|building auth(orizer|orization)/,
    advice:
      "Sign in again (`az login`), or check ARM_CLIENT_ID, ARM_TENANT_ID and the secret or OIDC token of the service principal.",
  },
  {
    pattern:
      /AuthorizationFailed|LinkedAuthorizationFailed|AuthorizationPermissionMismatch|does not have authorization to perform action/,
    advice:
      "Give the identity a role with this action on the scope (Owner or User Access Administrator for role assignments). New roles take some minutes to work.",
  },
  {
    pattern: /RequestDisallowedByPolicy/,
    advice:
      "A policy of the subscription forbids this. The message names it: change the property it checks, or ask for an exemption.",
  },
  {
    pattern: /ScopeLocked/,
    advice: "A lock protects this resource or its group. Remove the lock, or leave the resource as it is.",
  },
  // Azure: what is there and what is not
  {
    pattern: /MissingSubscriptionRegistration|NoRegisteredProviderFound|SubscriptionNotRegistered/,
    advice: "Register the resource provider once: `az provider register --namespace NAMESPACE` (the message names it).",
  },
  {
    pattern: /SubscriptionNotFound|InvalidSubscriptionId/,
    advice: "Check the subscription: `pulumi config set azure-native:subscriptionId ID`, or ARM_SUBSCRIPTION_ID.",
  },
  {
    pattern: /ResourceGroupNotFound/,
    advice:
      "The resource group is not in this subscription. Pass the group's own output as resourceGroupName, and run `pulumi refresh` if it was deleted by hand.",
  },
  {
    pattern: /ResourceGroupBeingDeleted/,
    advice: "The group is still being deleted. Wait until it is gone, then run again.",
  },
  {
    pattern:
      /VaultAlreadyExists|ConflictError.*(deleted|recoverable) state|SoftDeleted(Vault|Resource)|FlagMustBeSetForRestore|soft[- ]?deleted/i,
    advice:
      "A deleted resource still holds the name. Purge it (`az keyvault purge --name NAME`, `az cognitiveservices account purge`), recover it, or take another name.",
  },
  {
    pattern:
      /StorageAccountAlreadyTaken|StorageAccountAlreadyExists|NameNotAvailable|AlreadyInUse|DnsRecordInUse|Website with given name .* already exists|ServerNameAlreadyExists/,
    advice:
      "Such names are unique in all of Azure and this one is taken. Choose another one, or let the provider add random characters.",
  },
  {
    pattern: /Status=409.*already exists|autonaming|cannot create already existing (sub)?resource/,
    advice:
      "It exists outside of this stack. Take it over with `pulumi import TYPE NAME ID` or the `import` option, or choose another name.",
  },
  {
    pattern:
      /AnotherOperationInProgress|OperationNotAllowedOnServer|RetryableError|ConflictingConcurrentWriteNotAllowed/,
    advice:
      "Azure is still busy with an earlier change of this resource. Wait some minutes, then run again: what was done is kept.",
  },
  // Azure: limits
  {
    pattern: /TooManyRequests|OperationThrottled|SubscriptionRequestsThrottled|Status=429|\b429\b.*(throttl|too many)/i,
    advice: "Azure slows these requests down. Wait as long as the message says, and lower `--parallel`.",
  },
  {
    pattern: /QuotaExceeded|exceeding approved .*quota|InsufficientQuota|quota limit/i,
    advice:
      "The quota of the subscription in this region is used up: ask for more in the portal (Quotas), or take another size or region.",
  },
  {
    pattern:
      /SkuNotAvailable|SkuNotSupported|LocationIsOfferRestricted|LocationNotAvailableForResourceType|ZonalAllocationFailed|AllocationFailed/,
    advice:
      "This size is not to be had in this region now. Take another size or region: `az vm list-skus --location REGION` lists them.",
  },
  {
    pattern: /InvalidTemplate|InvalidRequestContent|InvalidParameter|BadRequest|Status=400/,
    advice: "Azure refuses a value. The message names the property; `pulumi preview --diff` shows what would be sent.",
  },
];

/** What to do about a message, when it is a known one. */
export function adviceFor(message: string): string | undefined {
  return ADVICE.find(({ pattern }) => pattern.test(message))?.advice;
}
