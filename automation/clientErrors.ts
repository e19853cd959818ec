/** Status of an error of `@azure/*`: `statusCode` (REST clients) or a numeric `code` (Cosmos). */
export function httpStatus(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { statusCode, code } = error as { statusCode?: unknown; code?: unknown };
  if (typeof statusCode === "number") return statusCode;
  return typeof code === "number" && code >= 400 && code < 600 ? code : undefined;
}

const NETWORK_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "REQUEST_SEND_ERROR",
]);

/**
 * How `@azure/core-rest-pipeline` and `@azure/storage-blob` tell of an answer that broke off in the middle: as one that cannot be read, and
 * as if somebody had aborted the call. (Who does abort a call knows it.)
 */
const BROKEN_OFF = [/^Error reading response as text: aborted$/, /^The operation was aborted\.$/];

/** Whether an answer began and broke off: the clients repeat no such call. */
export function isBrokenOff(error: unknown): boolean {
  const { message } = (error ?? {}) as { readonly message?: unknown };
  return BROKEN_OFF.some((each) => each.test(String(message)));
}

/** Whether a call never reached the service, its answer broke off, or it may be sent again. */
export function isNetworkError(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { code, cause, retryable, message } = error as Readonly<
    Record<"code" | "cause" | "retryable" | "message", unknown>
  >;
  if (isBrokenOff({ message })) return true;
  return NETWORK_CODES.has(String(code)) || retryable === true || (cause !== undefined && isNetworkError(cause));
}
