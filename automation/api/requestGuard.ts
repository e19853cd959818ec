import type { IncomingMessage } from "node:http";
import { AutomationError } from "../errors.ts";

/** Of all headers together, with the request line. */
export const MAX_HEADER_BYTES = 16 * 1024;
const MAX_HEADERS = 100;
const MAX_ADDRESS = 8_192;
const MAX_PARAMETERS = 100;
export const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;
/** Twice they mean two things to two readers. */
const ONCE = ["host", "authorization", "content-type", "content-encoding", "idempotency-key", "last-event-id"];
const HOST = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;
/** What a proxy or the platform would say of a request: nothing here asks for it, and nobody is to make it asked for. */
const FROM_A_PROXY =
  /^(?:x-ms-client-principal.*|x-ms-token-.*|x-forwarded-.*|forwarded|x-real-ip|x-original-.*|x-rewrite-url|x-http-method.*|x-method-override)$/i;

/** What is wrong with a request before anybody looks at what it asks for; nothing when it is fine. */
export function refusalOf({
  method = "",
  url = "",
  httpVersion,
  rawHeaders,
}: IncomingMessage): AutomationError | undefined {
  const malformed = (reason: string) => new AutomationError("MALFORMED_REQUEST", { reason });
  const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  if (names.length > MAX_HEADERS) return tooManyHeaders();
  if (httpVersion !== "1.1" && httpVersion !== "1.0") return malformed(`it is of HTTP/${httpVersion}`);
  const doubled = ONCE.find((name) => names.indexOf(name) !== names.lastIndexOf(name));
  if (doubled) return malformed(`it has the header ${doubled} twice`);
  if (!HOST.test(headerOf(rawHeaders, "host") ?? "")) return malformed("its Host is missing or no name");
  if (!METHODS.some((each) => each === method)) return new AutomationError("METHOD_NOT_TAKEN", { method });
  const [path = "", query = ""] = url.split(/\?(.*)/s);
  if (!path.startsWith("/") || /[#\\]/.test(url)) return malformed("its address is not a path");
  if (path.split("/").some((part) => /^(?:\.|%2e){1,2}$/i.test(part))) return malformed("its path leads elsewhere");
  if (url.length > MAX_ADDRESS || query.split("&").length > MAX_PARAMETERS)
    return new AutomationError("ADDRESS_TOO_LONG", { limit: MAX_ADDRESS, limitParameters: MAX_PARAMETERS });
  const encoding = headerOf(rawHeaders, "content-encoding");
  if (encoding !== undefined && !/^identity$/i.test(encoding))
    return new AutomationError("UNSUPPORTED_ENCODING", { given: encoding.slice(0, 50) });
  return undefined;
}

/** The answer to too many bytes or numbers of headers. */
export function tooManyHeaders(): AutomationError {
  return new AutomationError("HEADERS_TOO_LARGE", { limitBytes: MAX_HEADER_BYTES, limitCount: MAX_HEADERS });
}

/** Takes away what only a proxy could say, as names and values in turn. */
export function withoutProxyHeaders(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter((_, index) => !FROM_A_PROXY.test(rawHeaders[index - (index % 2)] ?? ""));
}

function headerOf(rawHeaders: readonly string[], wanted: string): string | undefined {
  const at = rawHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === wanted);
  return at < 0 ? undefined : rawHeaders[at + 1];
}
