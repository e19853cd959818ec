/** Errors of the job service's own traffic; rows of `ERRORS`. */
export const JOB_ERRORS = {
  STILL_ACCEPTING: {
    status: 409,
    class: "conflict",
    title: "The first request with this key is still being accepted",
    message: "A request with this Idempotency-Key came {ago} ms ago and is not written yet.",
    fix: "Send the request again, with the same key, after the seconds in the header Retry-After.",
  },
  ROW_IS_NEWER: {
    status: 503,
    class: "conflict",
    title: "A newer release works on this",
    message: "The row {row} was written in a form (schema {schema}) that this release does not know.",
    fix: "Send the request again in a moment: during an upgrade the newer processes answer it.",
  },
} as const;
