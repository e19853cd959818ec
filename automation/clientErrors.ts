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

/** Whether a call never reached the service, or may be sent again. */
export function isNetworkError(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { code, cause, retryable } = error as { code?: unknown; cause?: unknown; retryable?: unknown };
  return NETWORK_CODES.has(String(code)) || retryable === true || (cause !== undefined && isNetworkError(cause));
}
