import type { Advice } from "./entry.ts";

/** Rights, sign-in, registration, policies of the organisation. */
export const ACCESS_ADVICE: readonly Advice[] = [
  {
    id: "role-assignment-denied",
    pattern: /does not have (authorization|permission).*Microsoft\.Authorization\/roleAssignments\/write/i,
    cause: "Contributor may not give roles; links between components are role assignments.",
    fix: "Give the deploying identity `Role Based Access Control Administrator` on the resource group, with a condition on the roles it may give.",
    source: "Microsoft Learn, Troubleshoot Azure RBAC",
    example:
      "Code=\"AuthorizationFailed\" Message=\"The client 'x' with object id 'y' does not have authorization to perform action 'Microsoft.Authorization/roleAssignments/write' over scope '/subscriptions/…'\"",
  },
  {
    id: "linked-authorization",
    pattern: /LinkedAuthorizationFailed/i,
    cause:
      "The identity may write the resource, but may not use another one that it names (a subnet, an identity, a registry).",
    fix: "Give the action in the message on the linked scope: often `Managed Identity Operator` or `Network Contributor`.",
    source: "Microsoft Learn, Resolve forbidden errors",
    example:
      "Code=\"LinkedAuthorizationFailed\" Message=\"The client 'x' has permission to perform action 'Microsoft.App/containerApps/write'; however, it does not have permission to perform action(s) 'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action' on the linked scope(s) '…'\"",
  },
  {
    id: "authorization-failed",
    pattern: /does not have authorization to perform action '(?!Microsoft\.Authorization\/roleAssignments\/write)/i,
    cause: "The deploying identity has no role that allows this action, or got it a moment ago.",
    fix: "Give it `Contributor` on the resource group; after a new role wait up to ten minutes and sign in again.",
    source: "Microsoft Learn, Resolve forbidden errors",
    example:
      "Code=\"AuthorizationFailed\" Message=\"The client 'x' with object id 'y' does not have authorization to perform action 'Microsoft.Storage/storageAccounts/write' over scope '/subscriptions/…'\"",
  },
  {
    id: "deny-assignment",
    pattern: /DenyAssignmentAuthorizationFailed|because of the deny assignment/i,
    cause:
      "A deny assignment stands above every role: a managed application, a deployment stack or a blueprint protects the scope.",
    fix: "Ask whoever made the protection, or deploy outside of it.",
    source: "Microsoft Learn, Understand Azure deny assignments",
    example:
      'Code="DenyAssignmentAuthorizationFailed" Message="The client has permission, however the access is denied by the assignment \'ds-1\'."',
  },
  {
    id: "principal-not-found",
    pattern: /PrincipalNotFound|does not exist in the directory/i,
    cause: "An identity that was made a moment ago is not everywhere in Entra yet, or it is of another tenant.",
    fix: "Deploy again. Components name `principalType`, which makes Azure wait for it.",
    option: "link(…) in place of a role assignment by hand",
    source: "Microsoft Learn, Troubleshoot Azure RBAC; pulumi-azure #142",
    example: 'Code="PrincipalNotFound" Message="Principal 8f1c does not exist in the directory 72f9."',
  },
  {
    id: "role-assignment-exists",
    pattern: /RoleAssignmentExists|role assignment already exists/i,
    cause:
      "The same identity already has this role on this scope under another name, given by hand or by another program.",
    fix: "Delete the assignment that was made by hand (`az role assignment delete`), or take it over with `pulumi import`.",
    option: "link(…), whose assignments have stable names",
    source: "Microsoft Learn, Troubleshoot Azure RBAC; pulumi-azure-native #2253",
    example: 'Code="RoleAssignmentExists" Message="The role assignment already exists."',
  },
  {
    id: "role-assignment-limit",
    pattern: /RoleAssignmentLimitExceeded|No more role assignments can be created/i,
    cause: "A subscription may have 4,000 role assignments.",
    fix: "Remove assignments of identities that are gone, and give roles to groups.",
    source: "Microsoft Learn, Troubleshoot Azure RBAC limits",
    example: 'Code="RoleAssignmentLimitExceeded" Message="The maximum number of role assignments is reached."',
  },
  {
    id: "role-update-forbidden",
    pattern:
      /RoleAssignmentUpdateNotPermitted|Tenant ID, application ID, principal ID, and scope are not allowed to be updated/i,
    cause: "A role assignment of this name exists for another identity; the identity was made again.",
    fix: "Delete the old assignment (`az role assignment delete --ids …`) and deploy again.",
    option: "link(…), which names the assignment after the identity",
    source: "Microsoft Learn, Troubleshoot Azure RBAC",
    example: 'Code="RoleAssignmentUpdateNotPermitted" Message="The update is refused."',
  },
  {
    id: "provider-not-registered",
    pattern: /MissingSubscriptionRegistration|not registered to use namespace/i,
    cause: "The subscription has not used this service yet, and its provider is not registered.",
    fix: "`az provider register --namespace Microsoft.…`, then wait until `az provider show` says Registered.",
    source: "Microsoft Learn, Resolve errors for resource provider registration",
    example:
      'Code="MissingSubscriptionRegistration" Message="The subscription is not registered to use namespace \'Microsoft.App\'."',
  },
  {
    id: "policy-denied",
    pattern: /RequestDisallowedByPolicy|was disallowed by policy/i,
    cause: "An Azure Policy of the organisation refuses the resource as it is.",
    fix: "Read the policy that the message names and change the property it asks for (often region, tags, public access or SKU), or ask for an exemption.",
    option: "transform of the component",
    source: "Microsoft Learn, Resolve errors for request disallowed by policy",
    example:
      'Code="RequestDisallowedByPolicy" Message="Resource \'stshop\' was disallowed by policy. Policy identifiers: …"',
  },
  {
    id: "lock",
    pattern: /ScopeLocked|following scope\(s\) are locked/i,
    cause: "A lock on the resource, its group or the subscription forbids the change.",
    fix: "Remove the lock for the change (`az lock delete`), or leave the resource as it is.",
    source: "Microsoft Learn, Lock your resources to protect your infrastructure",
    example:
      "Code=\"ScopeLocked\" Message=\"The scope 'rg-shop' cannot perform delete operation because following scope(s) are locked: 'rg-shop'.\"",
  },
  {
    id: "sign-in-missing",
    pattern:
      /No valid authentication|az login|DefaultAzureCredential|building auth config|AADSTS7000(215|222)|could not configure AzureCli/i,
    cause: "There is no sign-in to Azure, or its secret is wrong or has expired.",
    fix: "`az login` at a desk; in a pipeline use a federated credential (ARM_USE_OIDC, ARM_CLIENT_ID, ARM_TENANT_ID, ARM_SUBSCRIPTION_ID).",
    source: "Pulumi, azure-native installation and configuration; Microsoft Learn, AADSTS error codes",
    example: "error: could not configure AzureCli Authorizer: please run 'az login' to set up account",
  },
  {
    id: "federated-subject-mismatch",
    pattern: /AADSTS70021[13]?|AADSTS7002138|No matching federated identity record found/i,
    cause:
      "The pipeline's token has another subject than the federated credential names (branch, environment or pull request).",
    fix: "Make the credential's subject equal to the token's: `repo:ORG/REPO:pull_request`, `…:environment:NAME` or `…:ref:refs/heads/main`.",
    source: "Microsoft Learn, Workload identity federation, troubleshooting",
    example:
      "AADSTS700213: No matching federated identity record found for presented assertion subject 'repo:acme/shop:pull_request'.",
  },
  {
    id: "vault-forbidden",
    pattern: /ForbiddenByRbac|ForbiddenByPolicy|Caller is not authorized to perform action on resource/i,
    cause: "Rights on the vault's data are apart from rights on the vault: Owner may not read secrets.",
    fix: "Give the identity `Key Vault Secrets Officer` (write) or `Key Vault Secrets User` (read); a new role takes some minutes.",
    option: 'link(secrets, "read")',
    source: "Microsoft Learn, Key Vault RBAC guide",
    example:
      'Code="Forbidden" InnerError="ForbiddenByRbac" Message="Caller is not authorized to perform action on resource."',
  },
  {
    id: "vault-firewall",
    pattern: /ForbiddenByFirewall|Client address is not authorized/i,
    cause: "The vault's firewall lets this address not in.",
    fix: "Deploy from inside the network, or add the address for the time of the deployment.",
    source: "Microsoft Learn, Key Vault network security",
    example:
      'InnerError="ForbiddenByFirewall" Message="Client address is not authorized and caller is not a trusted service."',
  },
  {
    id: "subscription-not-found",
    pattern: /SubscriptionNotFound|InvalidSubscriptionId/i,
    cause: "The identity cannot see the subscription, or its id is wrong.",
    fix: "Check ARM_SUBSCRIPTION_ID, and give the identity a role on the subscription; it may be of another tenant.",
    source: "Microsoft Learn, Common Azure deployment errors",
    example: 'Code="SubscriptionNotFound" Message="The subscription \'1111\' could not be found."',
  },
];
