/** Errors of requests that are refused before any route sees them; rows of `ERRORS`. */
export const HTTP_ERRORS = {
  MALFORMED_REQUEST: {
    status: 400,
    class: "user",
    title: "This is no HTTP request",
    message: "The request cannot be read: {reason}.",
    fix: "Send HTTP/1.1 with one Host, one length and no folded headers.",
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    class: "user",
    title: "The headers are too large",
    message: "At most {limitBytes} bytes and {limitCount} headers are taken.",
    fix: "Send less of them; cookies are not looked at.",
  },
  ADDRESS_TOO_LONG: {
    status: 414,
    class: "user",
    title: "The address is too long",
    message: "At most {limit} characters and {limitParameters} parameters are taken.",
    fix: "Ask for less at once.",
  },
  REQUEST_TOO_SLOW: {
    status: 408,
    class: "user",
    title: "The request did not come in time",
    message: "Headers are waited for {headerSeconds} s, the whole request {requestSeconds} s.",
    fix: "Send it again over a faster line, or in parts.",
  },
  METHOD_NOT_TAKEN: {
    status: 405,
    class: "user",
    title: "This method is not taken",
    message: "{method} is not taken here.",
    fix: "Use the methods that the document at /openapi.json names.",
  },
  UNSUPPORTED_ENCODING: {
    status: 415,
    class: "user",
    title: "The body is encoded",
    message: "A body with Content-Encoding {given} is not taken.",
    fix: "Send it as it is; an archive has its own Content-Type.",
  },
} as const;
