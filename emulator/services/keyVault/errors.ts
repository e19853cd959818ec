/** An inner code tells what a client may do about it ("Azure Key Vault REST API error codes"). */
interface ErrorRow {
  readonly status: number;
  readonly code: string;
  readonly inner?: string;
  readonly message: string;
}

export const ERRORS = {
  unauthorized: { status: 401, code: "Unauthorized", message: "AKV10000: Request is missing a Bearer or PoP token." },
  badToken: { status: 401, code: "Unauthorized", message: "AKV10022: The token is not valid here: {reason}." },
  wrongTenant: {
    status: 401,
    code: "Unauthorized",
    message: "AKV10032: Invalid issuer: the token is of tenant {tenant}.",
  },
  forbiddenByRbac: {
    status: 403,
    code: "Forbidden",
    inner: "ForbiddenByRbac",
    message:
      "Caller is not authorized to perform action on resource. Caller: oid={caller}. Action: '{action}'. Resource: '{scope}'.",
  },
  forbiddenByPolicy: {
    status: 403,
    code: "Forbidden",
    inner: "ForbiddenByPolicy",
    message:
      "The user, group or application 'oid={caller}' does not have {kind} {permission} permission on the key vault '{vault}'.",
  },
  secretNotFound: {
    status: 404,
    code: "SecretNotFound",
    message: "A secret with (name/id) {id} was not found in this key vault.",
  },
  keyNotFound: {
    status: 404,
    code: "KeyNotFound",
    message: "A key with (name/id) {id} was not found in this key vault.",
  },
  notFound: { status: 404, code: "NotFound", message: "There is nothing at {path}." },
  disabled: {
    status: 403,
    code: "Forbidden",
    inner: "{Kind}Disabled",
    message: "Operation {operation} is not allowed on a disabled {kind}.",
  },
  notYetValid: {
    status: 403,
    code: "Forbidden",
    inner: "{Kind}NotYetValid",
    message: "Operation {operation} is not allowed on a {kind} that is not yet valid.",
  },
  expired: {
    status: 403,
    code: "Forbidden",
    inner: "{Kind}Expired",
    message: "Operation {operation} is not allowed on an expired {kind}.",
  },
  operationNotPermitted: {
    status: 403,
    code: "Forbidden",
    inner: "KeyOperationForbidden",
    message: "Operation {operation} is not permitted on this key.",
  },
  deletedButRecoverable: {
    status: 409,
    code: "Conflict",
    inner: "ObjectIsDeletedButRecoverable",
    message:
      "{Kind} {name} is currently in a deleted but recoverable state, and its name cannot be reused; recover or purge it.",
  },
  purgeProtected: {
    status: 403,
    code: "Forbidden",
    inner: "PurgeProtectionEnabled",
    message: "Purge is not allowed while purge protection is enabled on the vault.",
  },
  badParameter: { status: 400, code: "BadParameter", message: "{reason}" },
  notSupported: { status: 400, code: "NotSupported", message: "{reason}" },
  notEmulated: { status: 501, code: "NotImplemented", message: "The local Key Vault does not emulate {operation}." },
} as const satisfies Readonly<Record<string, ErrorRow>>;

export type ErrorName = keyof typeof ERRORS;

/** Rendered as `{"error":{"code","message","innererror"?}}`. */
export class VaultError extends Error {
  readonly status: number;
  readonly code: string;
  readonly inner: string | undefined;

  constructor(name: ErrorName, details: Readonly<Record<string, string>> = {}) {
    const row: ErrorRow = ERRORS[name];
    super(fill(row.message, details));
    this.status = row.status;
    this.code = row.code;
    this.inner = row.inner && fill(row.inner, details);
  }
}

/** `{kind}` from the details; `{Kind}` with a capital. */
function fill(text: string, details: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = details[name] ?? details[name.toLowerCase()] ?? "";
    return /^[A-Z]/.test(name) ? value.charAt(0).toUpperCase() + value.slice(1) : value;
  });
}
