import { fillIn } from "../fillIn.ts";

/** What can be wrong between the check and the host of the pull request; `advice` is the way out. */
const ERRORS = {
  HOST_UNKNOWN: {
    message: "It is not known where the pull request is: {missing} is not set.",
    advice: "Run it in a pipeline of a pull request, or use `--print` to see the comment here.",
  },
  TOKEN_MISSING: {
    message: "There is no token for {host}: {name} is not set.",
    advice:
      "Pass it to the step as an environment variable: on GitHub `github.token`, on Azure DevOps `$(System.AccessToken)`.",
  },
  TOKEN_REFUSED: {
    message: "{host} refuses the token (401).",
    advice: "It is wrong or has expired; use the one that the pipeline gives to each run.",
  },
  NOT_ALLOWED: {
    message: "The token may not {action} on {host} (403): {reason}",
    advice:
      "On GitHub the job needs `permissions: pull-requests: write` (a pull request of a fork never gets it); on Azure DevOps the build service needs `Contribute to pull requests`.",
  },
  NOT_FOUND: {
    message: "{host} does not know {what} (404).",
    advice: "Check repository and number; GitHub also answers 404 when the token may not see a private repository.",
  },
  HOST_FAILED: {
    message: "{host} did not answer as it should after {tries} tries: {reason}",
    advice: "Run the check again later; the verdict itself is printed above.",
  },
} as const satisfies Readonly<Record<string, { readonly message: string; readonly advice: string }>>;

export type PullRequestErrorCode = keyof typeof ERRORS;

/** The comment could not be kept; `message` is complete, `advice` says what to do. */
export class PullRequestError extends Error {
  override readonly name = "PullRequestError";
  readonly code: PullRequestErrorCode;
  readonly advice: string;

  constructor(code: PullRequestErrorCode, details: Readonly<Record<string, string | number>>, options?: ErrorOptions) {
    super(fillIn(ERRORS[code].message, details), options);
    this.code = code;
    this.advice = ERRORS[code].advice;
  }
}
