/** Errors of calls to addresses that people name, and of the webhooks that are sent to them; rows of `ERRORS`. */
export const OUTBOUND_ERRORS = {
  OUTBOUND_REFUSED: {
    status: 422,
    class: "user",
    title: "The address may not be called",
    message: "{address}: {problem}.",
    fix: "Name a public https address on port 443, without a user or password in it.",
  },
  OUTBOUND_FAILED: {
    status: 502,
    class: "infrastructure",
    title: "The address does not answer",
    message: "{address}: {problem}.",
    fix: "Look whether it can be reached from the internet, and try again.",
  },
} as const;
