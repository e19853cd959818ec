import type { EmulatorContext } from "../../core/context.ts";
import type { Caller } from "../../core/tokens.ts";
import type { Account } from "./accounts.ts";
import { StorageError } from "./errors.ts";
import type { StorageRequest } from "./request.ts";
import { type SasGrant, verifySas } from "./sas.ts";
import { verifySharedKey } from "./sharedKey.ts";

/** What an operation asks for. */
export interface Right {
  /** Any one of these lets a token's bearer through; `isData` tells whether they are data actions. */
  readonly actions: readonly string[];
  readonly isData: boolean;
  /** Resource id that the role must reach. */
  readonly scope: string;
  /** Any one of these letters of `sp` suffices. */
  readonly sas: string;
  /** Kind of resource, as an account SAS names it. */
  readonly sasType: "s" | "c" | "o";
  /** Whether anonymous callers of a public container may. */
  readonly isPublic: boolean;
}

const AUDIENCE = "https://storage.azure.com";

/** Who calls, as far as operations need to know. */
export type StorageCaller =
  | { readonly kind: "token"; readonly caller: Caller }
  | { readonly kind: "key" | "sas" | "anonymous" };

/**
 * Lets a request through, or refuses it: bearer token with a role, shared key, SAS, or nobody where all may read.
 *
 * @throws {StorageError} 401 without a valid identity, 403 without the right
 */
export async function authorize(
  context: EmulatorContext,
  account: Account,
  request: StorageRequest,
  service: "blob" | "queue",
  right: Right,
): Promise<StorageCaller> {
  const authorization = request.header("authorization") ?? "";
  if (authorization.startsWith("Bearer ")) return byToken(context, authorization.slice("Bearer ".length), right);
  if (authorization.startsWith("SharedKey ")) {
    if (!account.allowsKeys) throw new StorageError("KeyBasedAuthenticationNotPermitted");
    if (!verifySharedKey(request, account.keys())) throw new StorageError("AuthenticationFailed");
    return { kind: "key" };
  }
  if (request.query.has("sig")) {
    requireSas(context, verifySas(request, account.keys(), context.clock, service, account.allowsKeys), right);
    return { kind: "sas" };
  }
  if (right.isPublic) return { kind: "anonymous" };
  throw new StorageError("NoAuthenticationInformation", undefined, challenge());
}

async function byToken(context: EmulatorContext, token: string, right: Right): Promise<StorageCaller> {
  let caller: Caller;
  try {
    caller = await context.tokens.verify(token, [AUDIENCE, `${AUDIENCE}/`]);
  } catch (cause) {
    throw new StorageError("InvalidAuthenticationInfo", (cause as Error).message, challenge());
  }
  if (!isAllowed(context, caller, right)) throw new StorageError("AuthorizationPermissionMismatch");
  return { kind: "token", caller };
}

function isAllowed({ access }: EmulatorContext, caller: Caller, { actions, isData, scope }: Right): boolean {
  return actions.some((action) =>
    isData ? access.allowsData(caller, action, scope) : access.allows(caller, action, scope),
  );
}

function requireSas(context: EmulatorContext, grant: SasGrant, right: Right): void {
  const { permissions, accountTypes, delegator } = grant;
  if (accountTypes !== undefined && !accountTypes.includes(right.sasType))
    throw new StorageError("AuthorizationFailure");
  if (right.sas === "" || ![...right.sas].some((letter) => permissions.includes(letter)))
    throw new StorageError("AuthorizationPermissionMismatch");
  if (!delegator) return;
  const principal: Caller = { ...delegator, clientId: "", kind: "app", audience: AUDIENCE, groups: [], claims: {} };
  if (!isAllowed(context, principal, right)) throw new StorageError("AuthorizationPermissionMismatch");
}

function challenge(): Readonly<Record<string, string>> {
  return {
    "WWW-Authenticate": `Bearer authorization_uri=https://login.microsoftonline.com/common/oauth2/authorize resource_id=${AUDIENCE}`,
  };
}
