import { ArmError } from "../core/resources.ts";

/** Documented ARM error codes with their status; `{name}` is filled from the details. Source: Azure Resource Manager REST, common errors. */
const ERRORS = {
  AuthenticationFailed: { status: 401, message: "Authentication failed. {reason}" },
  MissingApiVersionParameter: {
    status: 400,
    message: "The api-version query parameter (?api-version=) is required for all requests.",
  },
  InvalidApiVersionParameter: { status: 400, message: "The api-version '{version}' is invalid." },
  InvalidRequestContent: { status: 400, message: "The request content was invalid: {reason}" },
  InvalidResourceName: { status: 400, message: "Resource name '{name}' is invalid for type '{type}'. {reason}" },
  LocationRequired: { status: 400, message: "The location property is required for this definition." },
  InvalidFilterInQueryString: { status: 400, message: "The filter '{filter}' is not supported here." },
  SubscriptionNotFound: { status: 404, message: "The subscription '{id}' could not be found." },
  AuthorizationFailed: {
    status: 403,
    message:
      "The client '{client}' with object id '{objectId}' does not have authorization to perform action '{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.",
  },
  LinkedAuthorizationFailed: {
    status: 403,
    message:
      "The client '{client}' with object id '{objectId}' has permission to perform action '{action}' on scope '{scope}'; however, it does not have permission to perform action(s) '{linked}' on the linked scope(s) '{linkedScope}'.",
  },
  ResourceGroupNotFound: { status: 404, message: "Resource group '{name}' could not be found." },
  ParentResourceNotFound: {
    status: 404,
    message:
      "Failed to perform '{verb}' on resource(s) of type '{type}', because the parent resource '{parent}' could not be found.",
  },
  ResourceNotFound: { status: 404, message: "The Resource '{type}/{name}' under scope '{scope}' was not found." },
  MissingSubscriptionRegistration: {
    status: 409,
    message:
      "The subscription is not registered to use namespace '{namespace}'. See https://aka.ms/rps-not-found for how to register subscriptions.",
  },
  InvalidResourceType: { status: 404, message: "The resource type '{type}' could not be found in the namespace." },
  InvalidResourceLocation: {
    status: 409,
    message:
      "The resource '{name}' already exists in location '{existing}'. A resource with the same name cannot be created in location '{wanted}'. Please select a new resource name.",
  },
  InvalidResourceGroupLocation: {
    status: 409,
    message: "Invalid resource group location '{wanted}'. The resource group already exists in location '{existing}'.",
  },
  ScopeLocked: {
    status: 409,
    message:
      "The scope '{scope}' cannot perform {verb} operation because following scope(s) are locked: '{locked}'. Please remove the lock and try again.",
  },
  AnotherOperationInProgress: { status: 409, message: "Another operation on '{id}' is in progress. Try again later." },
  ResourceGroupBeingDeleted: {
    status: 409,
    message: "The resource group '{name}' is in deprovisioning state and cannot perform this operation.",
  },
  NameTaken: { status: 409, message: "The name '{name}' is already taken by another resource of type '{type}'." },
  ConflictError: {
    status: 409,
    message:
      "A resource with the name '{name}' already exists in deleted state. You need to either recover or purge the existing one before you can use the name. Deleted on {deletedOn}.",
  },
  PurgeProtected: { status: 409, message: "Operation 'purge' is not allowed: '{name}' is protected against purging." },
  PreconditionFailed: {
    status: 412,
    message: "The condition '{condition}' is not met: the current entity tag is '{etag}'.",
  },
  MethodNotAllowed: { status: 405, message: "The requested resource does not support http method '{method}'." },
  QuotaExceeded: {
    status: 409,
    message:
      "Operation results in exceeding quota limits of {name} in {location}. Maximum allowed: {limit}, Current in use: {current}, Additional requested: {asked}.",
  },
  /** As Container Instances says it (Microsoft Learn, "ContainerGroupQuotaReached error", and what people quote of it). */
  ContainerGroupQuotaReached: {
    status: 409,
    message:
      "Resource type 'Microsoft.ContainerInstance/containerGroups' container group quota '{quota}' exceeded in region '{location}'. Limit: '{limit}', Usage: '{current}' Requested: '{asked}'.",
  },
  MaxNumberOfRegionalEnvironmentsInSubExceeded: {
    status: 409,
    message: "The subscription cannot have more than {limit} environments in {location}.",
  },
  LocationIsOfferRestricted: {
    status: 400,
    message: "Subscriptions are restricted from provisioning in location '{location}'. {reason}",
  },
  ProvisioningDisabled: { status: 409, message: "Provisioning is restricted in this region ({location}). {reason}" },
  ServiceUnavailable: {
    status: 503,
    message:
      "Sorry, we are currently experiencing high demand in {location} region, and cannot fulfill your request at this time. {reason}",
  },
  SkuNotAvailable: {
    status: 409,
    message: "The requested size is currently not available in location '{location}'. {reason}",
  },
  NotEmulated: { status: 501, message: "The local Azure does not emulate '{operation}'." },
} as const;

export type ArmErrorCode = keyof typeof ERRORS;

/** Makes the error of a code with its details filled in. */
export function armError(code: ArmErrorCode, details: Readonly<Record<string, string>> = {}): ArmError {
  const { status, message } = ERRORS[code];
  const text = message.replace(/\{(\w+)\}/g, (_, name: string) => details[name] ?? "");
  return new ArmError(status, code, text.trim());
}
