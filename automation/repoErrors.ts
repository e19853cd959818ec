/** Errors of repositories that apps keep their versions in; rows of `ERRORS`. */
export const REPO_ERRORS = {
  REPO_INVALID: {
    status: 422,
    class: "user",
    title: "The repository cannot keep the app's versions",
    message: "{url}: {problem}.",
    fix: "Name the https address of a repository of the provider, on an allowed host and without a sign-in in it, and a branch.",
  },
  REPO_IS_SOURCE: {
    status: 409,
    class: "user",
    title: "The app's files come from this branch",
    message: "The app is deployed from {branch} of {url}: its versions are there already.",
    fix: "Name another branch or repository with PUT /apps/{app}/repo, or DELETE it.",
  },
  REPO_ACCESS_DENIED: {
    status: 409,
    class: "user",
    title: "The stored token may not write to the repository",
    message: "{url}: {reason}.",
    fix: "Look whether the address is right; store a token that may write to it with PUT /keys/{provider} (GitHub: Contents, read and write; Azure Repos: Code, read and write). The app's next version is pushed with it.",
  },
  REPO_PUSH_REFUSED: {
    status: 409,
    class: "user",
    title: "The branch takes no push",
    message: "{branch} of {url}: {reason}.",
    fix: "Let the token's owner push to the branch, or name a branch without such rules with PUT /apps/{app}/repo. The app's next version is pushed again.",
  },
  REPO_CONTENDED: {
    status: 409,
    class: "conflict",
    title: "Others pushed at the same time",
    message: "{branch} of {url} was changed by others {tries} times in a row.",
    fix: "The app's next version is pushed again; a branch of its own has no others.",
  },
  REPO_UNREACHABLE: {
    status: 502,
    class: "infrastructure",
    title: "The repository could not be reached",
    message: "{url}: {reason}.",
    fix: "Look whether the repository answers and how large it is. The app's next version is pushed again.",
  },
} as const;
