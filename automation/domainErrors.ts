/** Errors of names that people bring for their apps; rows of `ERRORS`. */
export const DOMAIN_ERRORS = {
  DOMAIN_INVALID: {
    status: 422,
    class: "user",
    title: "The name cannot be a domain of an app",
    message: "{host}: {problem}.",
    fix: "Give a name of a domain that you own, such as www.example.org.",
  },
  DOMAIN_NOT_FOUND: {
    status: 404,
    class: "user",
    title: "No such domain",
    message: "The app has no domain {host}.",
    fix: "List them with GET /apps/{app}/domains.",
  },
  DOMAIN_SERVICE: {
    status: 409,
    class: "user",
    title: "No service can have the domain",
    message: "{service} of {appId} cannot be reached from the internet; services that can: {there}.",
    fix: "Name one of them as `service`, or deploy one with `public: true` first.",
  },
  DOMAIN_TAKEN: {
    status: 409,
    class: "user",
    title: "The service has a domain",
    message: "{service} has {host}; a service has one.",
    fix: "Take that one away first, or give the new one to another service.",
  },
  DOMAIN_RECORDS_MISSING: {
    status: 409,
    class: "user",
    title: "The records of the domain are not set",
    message: "{problems}",
    fix: "Set them in the zone of the domain as told, wait until they are seen everywhere, and send PUT /apps/{app}/domains/{host} again.",
  },
  DOMAIN_REFUSED: {
    status: 502,
    class: "azure",
    title: "Azure did not take the domain",
    message: "{host}: {reason}",
    fix: "Correct the cause and send PUT /apps/{app}/domains/{host} again; the app itself runs on under its own address.",
  },
} as const;
