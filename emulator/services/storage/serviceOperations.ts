import type { StorageCaller } from "./authorize.ts";
import type { BlobHouse } from "./blobHouse.ts";
import { StorageError } from "./errors.ts";
import { readText, type StorageAnswer, type StorageRequest } from "./request.ts";
import { userDelegationSecret } from "./sas.ts";
import { document, element, readElements } from "./xml.ts";

const KEY_VERSION = "2020-12-06";
const MAX_KEY_MS = 7 * 24 * 3600 * 1000;

/** Get User Delegation Key: for callers with a token alone, valid for at most 7 days. */
export async function getUserDelegationKey(
  house: BlobHouse,
  request: StorageRequest,
  who: StorageCaller,
): Promise<StorageAnswer> {
  if (who.kind !== "token") throw new StorageError("AuthorizationFailure");
  const info = new Map(readElements(await readText(request), "Start", "Expiry").map(({ name, text }) => [name, text]));
  const seconds = (text: string | undefined) => (text ? new Date(text).toISOString().replace(/\.\d+Z$/, "Z") : "");
  const start = seconds(info.get("Start"));
  const expiry = seconds(info.get("Expiry"));
  const lifeMs = Date.parse(expiry) - house.clock.now();
  if (!expiry || lifeMs <= 0 || lifeMs > MAX_KEY_MS)
    throw new StorageError("InvalidXmlDocument", "The expiry must lie within the next 7 days.");
  const { objectId, tenantId } = who.caller;
  const secret = userDelegationSecret(house.delegationSecret(), [objectId, tenantId, start, expiry, "b", KEY_VERSION]);
  const fields = [
    element("SignedOid", objectId),
    element("SignedTid", tenantId),
    element("SignedStart", start),
    element("SignedExpiry", expiry),
    element("SignedService", "b"),
    element("SignedVersion", KEY_VERSION),
    element("Value", secret.toString("base64")),
  ].join("");
  return { status: 200, xml: document(`<UserDelegationKey>${fields}</UserDelegationKey>`) };
}

/** Get Account Information. */
export async function getAccountInfo(): Promise<StorageAnswer> {
  return {
    status: 200,
    headers: { "x-ms-sku-name": "Standard_LRS", "x-ms-account-kind": "StorageV2", "x-ms-is-hns-enabled": "false" },
  };
}

/** Get Blob (or Queue) Service Properties: the defaults of a new account. */
export async function getServiceProperties(): Promise<StorageAnswer> {
  const off =
    "<Version>1.0</Version><Enabled>false</Enabled><RetentionPolicy><Enabled>false</Enabled></RetentionPolicy>";
  const logging =
    "<Logging><Version>1.0</Version><Delete>false</Delete><Read>false</Read><Write>false</Write><RetentionPolicy><Enabled>false</Enabled></RetentionPolicy></Logging>";
  const content = `${logging}<HourMetrics>${off}</HourMetrics><MinuteMetrics>${off}</MinuteMetrics><Cors />`;
  return { status: 200, xml: document(`<StorageServiceProperties>${content}</StorageServiceProperties>`) };
}
