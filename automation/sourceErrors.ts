/** Errors of sources that people bring, and of their deployments; rows of `ERRORS`. */
export const SOURCE_ERRORS = {
  PROJECT_UNKNOWN: {
    status: 422,
    class: "user",
    title: "The kind of project was not found",
    message: "Nothing in {folder} says how it is built and run. Looked for: {lookedFor}. There is: {there}.",
    fix: "Add one of them, a Dockerfile, or a devfactory.yaml that names the services and their folders.",
  },
  PROJECT_UNSUPPORTED: {
    status: 422,
    class: "user",
    title: "The project cannot run here as it is",
    message: "{problem}. {way}",
    fix: "Change that, or bring a Dockerfile.",
  },
  SOURCE_MISSING: {
    status: 409,
    class: "user",
    title: "The app has no source",
    message: "Nothing was uploaded for the app {id}.",
    fix: "Send it with POST /apps/{id}/source, then deploy again.",
  },
  GIT_REFUSED: {
    status: 422,
    class: "user",
    title: "The repository cannot be taken",
    message: "{url}: {problem}.",
    fix: "Name an https repository without a sign-in, on an allowed host, and a branch, tag or commit that exists.",
  },
  DEPLOYMENT_NOT_FOUND: {
    status: 404,
    class: "user",
    title: "No such deployment",
    message: "There is no deployment {id}.",
    fix: "List the deployments of an app with GET /deploy/project/{id}.",
  },
} as const;
