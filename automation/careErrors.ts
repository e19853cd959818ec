/** Errors of an app's expiry, drift and repair; rows of `ERRORS`. */
export const CARE_ERRORS = {
  EXPIRY_PAST: {
    status: 422,
    class: "user",
    title: "The time is over already",
    message: "{expiresAt} lies in the past.",
    fix: "Name a later time, or destroy the app with DELETE /apps/{id}.",
  },
  APP_DESTROYING: {
    status: 409,
    class: "user",
    title: "The app is being destroyed",
    message: "The job {jobId} is removing the app {id}.",
    fix: "Cancel that job, then extend the app.",
  },
  APP_NOT_LIVE: {
    status: 409,
    class: "user",
    title: "The app is not deployed",
    message: "Nothing of the app {id} is on Azure.",
    fix: "Deploy it first.",
  },
} as const;
