import { expect, it } from "vitest";
import { ADVICE, adviceFor } from "./advice.ts";

/** Real messages, one at least for each row, with the first words of the advice they get. */
const MESSAGES: readonly (readonly [message: string, advice: string])[] = [
  [
    'unable to delete resource "urn:pulumi:dev::p::t:i:T::a"\nas it is currently marked for protection. To unprotect the resource, remove the `protect` flag',
    "Set `protect: false`",
  ],
  ["Resource urn:pulumi:dev::p::t:i:T::a cannot be deleted\nbecause it is protected.", "Set `protect: false`"],
  ["incorrect passphrase", "Set PULUMI_CONFIG_PASSPHRASE (or"],
  [
    "passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment variables",
    "Set PULUMI_CONFIG_PASSPHRASE to",
  ],
  [
    'constructing secrets manager of type "passphrase": unable to find either `PULUMI_CONFIG_PASSPHRASE` or `PULUMI_CONFIG_PASSPHRASE_FILE`',
    "Set PULUMI_CONFIG_PASSPHRASE to",
  ],
  ["unable to read PULUMI_CONFIG_PASSPHRASE_FILE: Error: ENOENT", "Set PULUMI_CONFIG_PASSPHRASE to"],
  ["It looks like the Pulumi SDK has not been installed. Have you run npm install?", "Install the program's"],
  ["plugin /bin/pulumi-resource-test exited prematurely (1) before it told its port", "Run the provider's executable"],
  ["/bin/pulumi-resource-test [17] wrote a non-numeric port to stdout ('hello')", "Run the provider's executable"],
  [
    "the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file",
    "Wait for the other",
  ],
  [
    "Attempting to deploy or update resources with 1 pending operations from previous deployment.\n  * urn, interrupted while creating",
    "Look in the cloud",
  ],
  ["no stack named 'dev' found", "`pulumi stack ls --all`"],
  ["no stack selected; please use `pulumi stack select` to choose one", "Choose one with"],
  ["no Pulumi.yaml project file found (searching upwards from /tmp).", "Run the command in the folder"],
  ["Duplicate resource URN 'urn:pulumi:dev::p::t:i:T::a'; try giving it a unique name", "Two resources"],
  ["Resource 'urn:a' depends on 'urn:b' which was was not specified in --target list.", "Name the missing resource"],
  [
    "Missing required configuration variable 'disk:password'\n    please set a value using the command `pulumi config set --secret disk:password <value>`",
    "Set it with",
  ],
  ["Configuration 'disk:size' value 'no number' is not a valid number", "Set a value of the right kind"],
  ['TypeError [ERR_UNKNOWN_FILE_EXTENSION]: Unknown file extension ".ts" for /app/index.ts', "Programs in TypeScript"],
  [
    "Error [ERR_UNSUPPORTED_DIR_IMPORT]: Directory import '/app/node_modules/@pulumi/azure-native/resources' is not supported resolving ES modules",
    "Name the file",
  ],
  [
    "SyntaxError [ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX]: TypeScript enum is not supported in strip-only mode",
    "Node removes types",
  ],
  ["failed to locate the entry point for the program: /app", "Name the program's file"],
  ["Error: Cannot find module '@pulumi/azure-native'\nRequire stack:", "Install the program's"],
  [
    "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/app/helper' imported from /app/index.ts",
    "Check the import's path",
  ],
  ["Program exited with non-zero exit code: 1", "The program ended"],
  [
    "no resource plugin 'pulumi-resource-test' found in the workspace or on your $PATH",
    "Put the provider's executable",
  ],
  ["could not start plugin /bin/pulumi-resource-test: spawn EACCES", "Run the provider's executable"],
  ["14 UNAVAILABLE: Connection dropped", "A provider or the program"],
  ["AADSTS700016: Application with identifier 'x' was not found in the directory 'y'.", "Sign in again"],
  [
    "Status=403 Code=\"AuthorizationFailed\" Message=\"The client 'x' with object id 'x' does not have authorization to perform action 'Microsoft.Web/sites/write'\"",
    "Give the identity a role",
  ],
  [
    'Status=403 Code="RequestDisallowedByPolicy" Message="Resource \'x\' was disallowed by policy."',
    "A policy of the subscription",
  ],
  [
    'Status=409 Code="ScopeLocked" Message="The scope \'x\' cannot perform delete operation because following scope(s) are locked"',
    "A lock protects",
  ],
  [
    'Status=409 Code="MissingSubscriptionRegistration" Message="The subscription is not registered to use namespace \'Microsoft.App\'."',
    "Register the resource provider",
  ],
  [
    'Status=404 Code="SubscriptionNotFound" Message="The subscription \'x\' could not be found."',
    "Check the subscription",
  ],
  [
    'Status=404 Code="ResourceGroupNotFound" Message="Resource group \'rg\' could not be found."',
    "The resource group is not",
  ],
  [
    'Status=409 Code="ResourceGroupBeingDeleted" Message="The resource group \'rg\' is in deprovisioning state"',
    "The group is still",
  ],
  [
    'Code="ConflictError" Message="A vault with the same name already exists in deleted state. You need to either recover or purge existing key vault."',
    "A deleted resource still holds",
  ],
  [
    'Code="FlagMustBeSetForRestore" Message="An existing resource with ID \'x\' has been soft-deleted."',
    "A deleted resource still holds",
  ],
  ['Code="VaultAlreadyExists" Message="The vault name \'kv\' is already in use."', "A deleted resource still holds"],
  [
    'Status=409 Code="StorageAccountAlreadyTaken" Message="The storage account named x is already taken."',
    "Such names are unique",
  ],
  ["cannot create already existing resource '/subscriptions/x/resourceGroups/rg'", "It exists outside"],
  ['Status=409 Code="AnotherOperationInProgress" Message="Another operation is in progress"', "Azure is still busy"],
  ['Status=429 Code="TooManyRequests" Message="The request is being throttled."', "Azure slows"],
  [
    'Code="QuotaExceeded" Message="Operation could not be completed as it results in exceeding approved Total Regional Cores quota."',
    "The quota",
  ],
  [
    "Code=\"SkuNotAvailable\" Message=\"The requested size for resource 'x' is currently not available in location 'westeurope'\"",
    "This size",
  ],
  ['Status=400 Code="InvalidParameter" Message="The value of parameter adminPassword is invalid."', "Azure refuses"],
];

it.each(MESSAGES)("%s", (message, start) => {
  expect(adviceFor(message)?.slice(0, start.length)).toBe(start);
});

it("has met each row with a message", () => {
  const met = new Set(MESSAGES.map(([message]) => adviceFor(message)));
  expect(ADVICE.filter(({ advice }) => !met.has(advice))).toEqual([]);
});

it("has nothing to say about what it does not know, or about the last line of every failure", () => {
  expect([adviceFor("no quota"), adviceFor("update failed"), adviceFor("")]).toEqual([undefined, undefined, undefined]);
});

it("never says the words by which the Automation API tells errors apart", () => {
  const telling = /no stack named.*found|stack.*already exists|the stack is currently locked by|\[409\] Conflict/;
  expect(ADVICE.filter(({ advice }) => telling.test(advice))).toEqual([]);
});
