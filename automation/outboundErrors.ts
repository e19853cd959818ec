/** Errors of calls to addresses that people name, and of the webhooks and mails that are sent to them; rows of `ERRORS`. */
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
  MAIL_NOT_CONFIGURED: {
    status: 409,
    class: "user",
    title: "The platform sends no mail",
    message: "Nobody has told the platform which mail server takes its mail.",
    fix: "Whoever runs the platform sets DEVFACTORY_MAIL (docs/notifications.md); until then name a webhook, Slack or Teams.",
  },
  RECIPIENT_REFUSED: {
    status: 422,
    class: "user",
    title: "Mail to this domain is not allowed",
    message: "{domain} is not among the domains that your tenant may send mail to ({allowed}).",
    fix: "Name addresses of these domains, or ask whoever runs the platform to add the domain to DEVFACTORY_MAIL.",
  },
  ENDPOINT_NOT_FOUND: {
    status: 404,
    class: "user",
    title: "No such endpoint",
    message: "Your tenant has no endpoint {id}.",
    fix: "List them with GET /webhooks/endpoints.",
  },
  TOO_MANY_ENDPOINTS: {
    status: 409,
    class: "user",
    title: "Too many endpoints",
    message: "A tenant may have {limit} endpoints.",
    fix: "Remove one with DELETE on its address.",
  },
  NOT_SIGNED: {
    status: 409,
    class: "user",
    title: "Nothing is signed there",
    message: "What {id} gets is a message of {kind}, which takes no signature.",
    fix: "Only endpoints of the kind webhook have a secret.",
  },
  SEAL_BROKEN: {
    status: 500,
    class: "internal",
    title: "A stored secret does not open",
    message: "What is stored of {name} was changed.",
    fix: "Remove it and store it again.",
  },
} as const;
