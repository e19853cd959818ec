/** Documented error codes of the token endpoint. Source: Microsoft Learn, "Microsoft Entra authentication and authorization error codes". */
const ERRORS = {
  badRequest: {
    status: 400,
    error: "invalid_request",
    number: 900144,
    message: "The request body must contain the following parameter: '{name}'.",
  },
  unsupportedGrant: {
    status: 400,
    error: "unsupported_grant_type",
    number: 70003,
    message: "The app requested an unsupported grant type '{name}'.",
  },
  unknownTenant: { status: 400, error: "invalid_request", number: 90002, message: "Tenant '{name}' not found." },
  unknownClient: {
    status: 400,
    error: "unauthorized_client",
    number: 700016,
    message: "Application with identifier '{name}' was not found in the directory.",
  },
  wrongSecret: {
    status: 401,
    error: "invalid_client",
    number: 7000215,
    message: "Invalid client secret provided for app '{name}'.",
  },
  expiredSecret: {
    status: 401,
    error: "invalid_client",
    number: 7000222,
    message: "The provided client secret keys for app '{name}' are expired.",
  },
  missingSecret: {
    status: 401,
    error: "invalid_client",
    number: 7000218,
    message: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
  },
  publicSecret: {
    status: 401,
    error: "invalid_client",
    number: 700025,
    message: "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
  },
  wrongAssertion: {
    status: 401,
    error: "invalid_client",
    number: 700211,
    message: "No matching federated identity record found for presented assertion: {name}",
  },
  badAssertion: {
    status: 401,
    error: "invalid_client",
    number: 700027,
    message: "The client assertion cannot be verified: {name}",
  },
  wrongCode: {
    status: 400,
    error: "invalid_grant",
    number: 70008,
    message: "The provided authorization code or refresh token has expired or was used already.",
  },
  wrongRedirect: {
    status: 400,
    error: "invalid_grant",
    number: 50011,
    message: "The redirect URI '{name}' does not match the redirect URIs configured for the application.",
  },
  wrongVerifier: {
    status: 400,
    error: "invalid_grant",
    number: 50148,
    message: "The code_verifier does not match the code_challenge supplied in the authorization request for PKCE.",
  },
  wrongPassword: {
    status: 400,
    error: "invalid_grant",
    number: 50126,
    message: "Error validating credentials due to invalid username or password.",
  },
  unknownResource: {
    status: 400,
    error: "invalid_resource",
    number: 500011,
    message: "The resource principal named {name} was not found in the tenant.",
  },
  unknownScope: {
    status: 400,
    error: "invalid_scope",
    number: 70011,
    message: "The provided request must include a 'scope' input parameter.",
  },
  pending: {
    status: 400,
    error: "authorization_pending",
    number: 70016,
    message: "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
  },
  declined: { status: 400, error: "authorization_declined", number: 70017, message: "The user declined the request." },
  expiredDevice: {
    status: 400,
    error: "expired_token",
    number: 70019,
    message: "Verification code expired. Have the user sign-in again.",
  },
  otherTenant: {
    status: 400,
    error: "invalid_grant",
    number: 50020,
    message: "User account '{name}' does not exist in the tenant and cannot access the application.",
  },
} as const;

export type EntraErrorCode = keyof typeof ERRORS;

/** An error that the token endpoint renders as OAuth says. */
export class EntraError extends Error {
  readonly status: number;
  readonly error: string;
  readonly number: number;

  constructor(code: EntraErrorCode, name = "") {
    const { status, error, number, message } = ERRORS[code];
    super(`AADSTS${number}: ${message.replace("{name}", name)}`);
    this.status = status;
    this.error = error;
    this.number = number;
  }

  toJson(): Readonly<Record<string, unknown>> {
    return { error: this.error, error_description: this.message, error_codes: [this.number] };
  }
}
