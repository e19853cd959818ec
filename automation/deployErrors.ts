/** Errors of a deployment, from its plan to the answering app; rows of `ERRORS`. */
export const DEPLOY_ERRORS = {
  OVER_BUDGET: {
    status: 422,
    class: "user",
    title: "The app costs more than its budget",
    message: "The estimate is {monthlyUsd} USD per month; the budget is {budgetUsd} USD.",
    fix: "Answer `approve`, or ask for a smaller app.",
  },
  POLICY_FAILED: {
    status: 422,
    class: "user",
    title: "The plan breaks rules of the platform",
    message: "{count} must be mended before anything is made: {failures}",
    fix: "Change the app's spec as told there, or ask the operator of the platform for a waiver (docs/policies.md).",
  },
  PREFLIGHT_FAILED: {
    status: 422,
    class: "azure",
    title: "The deployment would not come through",
    message: "Azure would refuse it: {findings}",
    fix: "{advice} Then retry the job.",
  },
  DEPLOY_FAILED: {
    status: 502,
    class: "azure",
    title: "The deployment failed",
    message: "{reason}",
    fix: "The job's events show which resource failed; correct the cause and retry.",
  },
  STACK_LOCKED: {
    status: 409,
    class: "conflict",
    title: "The stack is locked",
    message: "Another update of {stack} is under way: {reason}",
    fix: "The job is tried again after the lock is recovered.",
  },
  DEPLOYER_DIED: {
    status: 500,
    class: "infrastructure",
    title: "The deployment process ended early",
    message: "The process of {stack} ended with {exit}.",
    fix: "The job is tried again on its own.",
  },
  NOT_HEALTHY: {
    status: 502,
    class: "user",
    title: "The app does not answer",
    message: "{url} did not answer 200 within {seconds} s: {last}",
    fix: "Look at the app's logs; retry when the cause is corrected.",
  },
} as const;
