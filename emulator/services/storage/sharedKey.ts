import type { StorageRequest } from "./request.ts";
import { isSignature } from "./sas.ts";

const SIGNED_HEADERS = [
  ...["content-language", "content-encoding", "content-length", "content-md5", "content-type", "date"],
  ...["if-modified-since", "if-match", "if-none-match", "if-unmodified-since", "range"],
];

/**
 * Is the `Authorization: SharedKey account:signature` header right?
 *
 * @see Microsoft Learn, "Authorize with Shared Key"
 */
export function verifySharedKey(request: StorageRequest, keys: readonly Buffer[]): boolean {
  const [, account, signature = ""] = /^SharedKey ([^:]+):(.+)$/.exec(request.header("authorization") ?? "") ?? [];
  if (account?.toLowerCase() !== request.account) return false;
  const values = SIGNED_HEADERS.map((name) => {
    const value = request.header(name) ?? "";
    return name === "content-length" && value === "0" ? "" : value;
  });
  const text = [
    request.method,
    ...values,
    `${canonicalHeaders(request)}/${account}${request.rawPath}${canonicalQuery(request)}`,
  ].join("\n");
  return keys.some((key) => isSignature(key, text, signature));
}

function canonicalHeaders(request: StorageRequest): string {
  const names = Object.keys(request.incoming.headers).filter((name) => name.startsWith("x-ms-"));
  return names
    .sort()
    .map((name) => `${name}:${(request.header(name) ?? "").trim()}\n`)
    .join("");
}

function canonicalQuery(request: StorageRequest): string {
  return [...request.query]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `\n${name}:${value}`)
    .join("");
}
