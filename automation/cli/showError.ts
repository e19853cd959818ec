import { CheckError } from "@devfactory/checks/index.ts";
import { ApiError } from "../client/apiClient.ts";
import { AutomationError } from "../errors.ts";
import { PlanError } from "../plan/errors.ts";
import { PullRequestError } from "../pullRequest/errors.ts";
import { CliError } from "./cliError.ts";

/** The exit code for an error: 2 when what was given is wrong, else 1. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof PlanError || error instanceof CliError) return error.wrongUse ? 2 : 1;
  return error instanceof CheckError || isUsersOwn(error) || isWrongHost(error) ? 2 : 1;
}

/** An error that a person can mend, as text: what happened, which fields, the way out. Others are bugs and thrown on. */
export function explain(error: unknown): string {
  if (
    error instanceof CliError ||
    error instanceof CheckError ||
    error instanceof PlanError ||
    error instanceof PullRequestError
  )
    return `error: ${error.message}\n  ${error.advice}\n`;
  if (isUsersOwn(error)) return `error: ${error.message}\n  ${error.row.fix}\n`;
  if (error instanceof ApiError) {
    const fields = error.errors.map(({ path, problem }) => `\n  ${path}: ${problem}`).join("");
    return `error: ${error.message}${fields}\n  ${error.fix}\n`;
  }
  if (error instanceof TypeError && error.message === "fetch failed") {
    return "error: The platform does not answer.\n  Is it running? Start it with `npm start`.\n";
  }
  throw error;
}

/** Something in the files or the spec that was given, found on this machine. */
function isUsersOwn(error: unknown): error is AutomationError {
  return error instanceof AutomationError && error.row.class === "user";
}

/** A pull request, token or right that is not there is the caller's to mend; a host that is down is not. */
function isWrongHost(error: unknown): boolean {
  return error instanceof PullRequestError && error.code !== "HOST_FAILED";
}
