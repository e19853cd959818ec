import { createHmac, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../core/clock.ts";
import { StorageError } from "./errors.ts";
import type { StorageRequest } from "./request.ts";

/** What a shared access signature allows. */
export interface SasGrant {
  /** Letters of `sp`. */
  readonly permissions: string;
  /** Present for a user delegation SAS: its rights never exceed this principal's own. */
  readonly delegator?: { readonly objectId: string; readonly tenantId: string };
  /** Resource types of an account SAS (`s`, `c`, `o`). */
  readonly accountTypes?: string;
}

const RESPONSE_HEADERS = ["rscc", "rscd", "rsce", "rscl", "rsct"];
const ACCOUNT_FIELDS = ["sp", "ss", "srt", "st", "se", "sip", "spr", "sv"];
const SERVICE_FIELDS = ["si", "sip", "spr", "sv", "sr"];
const KEY_FIELDS = ["skoid", "sktid", "skt", "ske", "sks", "skv"];

/** The secret of a user delegation key: derived, so that it needs no storage and dies with the account's key. */
export function userDelegationSecret(accountKey: Buffer, fields: readonly string[]): Buffer {
  return createHmac("sha256", accountKey).update(fields.join("\n")).digest();
}

/**
 * Verifies a SAS in the query: signature, times, protocol, and that it is for this resource.
 *
 * @throws {StorageError} `AuthenticationFailed` with the reason
 * @see Microsoft Learn, "Create a service SAS", "Create a user delegation SAS", "Create an account SAS"
 */
export function verifySas(
  request: StorageRequest,
  keys: readonly Buffer[],
  clock: Clock,
  service: "blob" | "queue",
  allowsKeys: boolean,
): SasGrant {
  const field = (name: string) => request.query.get(name) ?? "";
  const isDelegated = request.query.has("skoid");
  if (!isDelegated && !allowsKeys) throw new StorageError("KeyBasedAuthenticationNotPermitted");
  if (field("sv") < "2020-02-10") throw fail("Only signatures of version 2020-02-10 and later are accepted.");
  if (request.query.has("srh") || request.query.has("srq")) throw fail("Signed request headers are not emulated.");
  if (field("si")) throw fail("Stored access policies are not emulated.");
  const isAccount = request.query.has("ss");
  const text = isAccount ? accountText(request, field) : serviceText(request, field, service, isDelegated);
  const secrets = isDelegated ? keys.map((key) => userDelegationSecret(key, KEY_FIELDS.map(field))) : keys;
  if (!secrets.some((secret) => isSignature(secret, text, field("sig")))) throw fail("Signature did not match.");
  checkTimes(field, clock.now(), isDelegated);
  if (isAccount && !field("ss").includes(service[0] ?? "")) throw new StorageError("AuthorizationFailure");
  return {
    permissions: field("sp"),
    ...(isAccount ? { accountTypes: field("srt") } : {}),
    ...(isDelegated ? { delegator: { objectId: field("skoid"), tenantId: field("sktid") } } : {}),
  };
}

function accountText(request: StorageRequest, field: (name: string) => string): string {
  const encryption = field("sv") >= "2020-12-06" ? [field("ses")] : [];
  return [request.account, ...ACCOUNT_FIELDS.map(field), ...encryption, ""].join("\n");
}

function serviceText(
  request: StorageRequest,
  field: (name: string) => string,
  service: "blob" | "queue",
  isDelegated: boolean,
): string {
  const version = field("sv");
  const start = [field("sp"), field("st"), field("se")];
  if (service === "queue") {
    return [
      ...start,
      `/queue/${request.account}/${request.container}`,
      field("si"),
      field("sip"),
      field("spr"),
      version,
    ].join("\n");
  }
  const resource = `/blob/${request.account}/${request.container}`;
  const isContainer = field("sr") === "c";
  if (!isContainer && field("sr") !== "b") throw fail("Only containers and blobs can be signed here.");
  if (!isContainer && request.blob === "")
    throw new StorageError("AuthorizationFailure", "The signature is for a blob.");
  const name = isContainer ? resource : `${resource}/${request.blob}`;
  const encryption = version >= "2020-12-06" ? [field("ses")] : [];
  const end = RESPONSE_HEADERS.map(field);
  if (!isDelegated) return [...start, name, ...SERVICE_FIELDS.map(field), "", ...encryption, ...end].join("\n");
  const agents = [field("saoid"), field("suoid"), field("scid")];
  const delegated = version >= "2025-07-05" ? [field("skdutid"), field("sduoid")] : [];
  const signed = version >= "2026-04-06" ? ["", ""] : []; // request headers and query parameters
  const tail = [field("sip"), field("spr"), version, field("sr"), "", ...encryption, ...signed, ...end];
  return [...start, name, ...KEY_FIELDS.map(field), ...agents, ...delegated, ...tail].join("\n");
}

function checkTimes(field: (name: string) => string, now: number, isDelegated: boolean): void {
  const isPast = (name: string) => field(name) !== "" && Date.parse(field(name)) <= now;
  const isAhead = (name: string) => field(name) !== "" && Date.parse(field(name)) > now;
  if (field("se") === "" || isPast("se")) throw fail("Signed expiry time is in the past.");
  if (isAhead("st")) throw fail("Signed start time is in the future.");
  if (isDelegated && (isPast("ske") || isAhead("skt"))) throw fail("The user delegation key is not valid now.");
}

/** Compares a base64 HMAC without telling by time where it differs. */
export function isSignature(key: Buffer, text: string, signature: string): boolean {
  const expected = createHmac("sha256", key).update(text, "utf8").digest();
  const given = Buffer.from(signature, "base64");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function fail(reason: string): StorageError {
  return new StorageError("AuthenticationFailed", reason);
}
