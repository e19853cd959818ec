import { AutomationError } from "../errors.ts";
import type { Repo } from "../jobs/repo.ts";

/** Somebody else was faster: the branch is fetched again, and the push repeated. Words of git, and of servers that lock the branch. */
const CONTENDED =
  /\((fetch first|non-fast-forward|stale info|failed to update ref|incorrect old value provided|reference already exists|cannot lock ref)|cannot lock ref/;
/** The server does not know the token, or does not show it the repository. */
const DENIED =
  /could not read (Username|Password)|Authentication failed|returned error: (401|403|404)|repository '.*' not found|[Pp]ermission .*denied|not authorized/;
const REJECTED = /! \[(?:remote )?rejected\][^\n]*?\(([^\n]*)\)/;
const MAX_REASON = 300;

export type Refusal = "contended" | "rejected" | "broken" | "final";

/**
 * Whether another try may help: when others pushed (`rejected`: if the branch has moved, as not every server says why), and when the
 * connection broke, to see what became of it.
 */
export function judgeRefusal({ details }: AutomationError): Refusal {
  const said = typeof details.said === "string" ? details.said : undefined;
  if (said === undefined) return "final"; // too large, too long, no git
  if (CONTENDED.test(said)) return "contended";
  if (DENIED.test(said)) return "final";
  return REJECTED.test(said) ? "rejected" : "broken";
}

/** What git says, as people are told. @param app for the way out */
export function repoError(error: AutomationError, { provider, url, branch }: Repo, app: string): AutomationError {
  if (error.code !== "GIT_REFUSED") return error;
  if (error.cause instanceof AutomationError && error.cause.code === "OUTBOUND_REFUSED")
    return new AutomationError("REPO_INVALID", { url, problem: error.details.problem }, { cause: error });
  const said = typeof error.details.said === "string" ? error.details.said : "";
  const details = { provider, url, branch, app };
  const options = { cause: error };
  const rejected = REJECTED.exec(said)?.[1];
  if (DENIED.test(said)) {
    const reason = tidy(String(error.details.problem));
    return new AutomationError("REPO_ACCESS_DENIED", { ...details, reason }, options);
  }
  if (rejected === undefined) {
    return new AutomationError(
      "REPO_UNREACHABLE",
      { ...details, reason: tidy(String(error.details.problem)) },
      options,
    );
  }
  const words = said
    .split("\n")
    .filter((line) => line.startsWith("remote:"))
    .map((line) => line.slice("remote:".length).trim())
    .filter(Boolean);
  return new AutomationError(
    "REPO_PUSH_REFUSED",
    { ...details, reason: tidy([rejected, ...words].join("; ")) },
    options,
  );
}

function tidy(reason: string): string {
  return reason.slice(0, MAX_REASON).replace(/[.\s]+$/, "");
}
