const NETWORK_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "REQUEST_SEND_ERROR",
]);

/** Whether an error, or what caused it, is of the way to a service and not of the service. */
export function isNetworkError(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { code, cause, retryable } = error as { code?: unknown; cause?: unknown; retryable?: unknown };
  return NETWORK_CODES.has(String(code)) || retryable === true || (cause !== undefined && isNetworkError(cause));
}
