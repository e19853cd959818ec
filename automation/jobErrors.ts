/** Errors of the job service's own traffic; rows of `ERRORS`. */
export const JOB_ERRORS = {
  STILL_ACCEPTING: {
    status: 409,
    class: "conflict",
    title: "The first request with this key is still being accepted",
    message: "A request with this Idempotency-Key came {ago} ms ago and is not written yet.",
    fix: "Send the request again, with the same key, after the seconds in the header Retry-After.",
  },
  RETRY_STEP_UNKNOWN: {
    status: 422,
    class: "user",
    title: "The job cannot begin with this step",
    message: "{step} is no step that this job ({kind}) can be done again from; there is {known}.",
    fix: "Name a step that is told there, or none: then the retry begins with the first one that has to be done.",
  },
  RETRY_STEP_TOO_LATE: {
    status: 409,
    class: "user",
    title: "A step before this one was never done",
    message: "{missing} comes before {step}, and the job {id} has no record that it was done.",
    fix: "Retry from the step that is missing or an earlier one, or name no step.",
  },
  APP_FILES_ARE_OWN: {
    status: 409,
    class: "user",
    title: "The files of the app are people's own",
    message: "People bring the files of {id}: agents would put an app of their own in its place.",
    fix: "Change the files and deploy them again: `npx devfactory deploy <folder>`, or POST /apps/{id}/source and POST /deploy.",
  },
  APP_IS_PROMOTED: {
    status: 409,
    class: "user",
    title: "The versions of the app come from another one",
    message: "{id} runs versions of {from}: a change here would be lost with the next one.",
    fix: "Change {from}, and promote its next version.",
  },
  ROW_IS_NEWER: {
    status: 503,
    class: "conflict",
    title: "A newer release works on this",
    message: "The row {row} was written in a form (schema {schema}) that this release does not know.",
    fix: "Send the request again in a moment: during an upgrade the newer processes answer it.",
  },
} as const;
