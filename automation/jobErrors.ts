/** Errors of the job service's own traffic; rows of `ERRORS`. */
export const JOB_ERRORS = {
  STILL_ACCEPTING: {
    status: 409,
    class: "conflict",
    title: "The first request with this key is still being accepted",
    message: "A request with this Idempotency-Key came {ago} ms ago and is not written yet.",
    fix: "Send the request again, with the same key, after the seconds in the header Retry-After.",
  },
} as const;
