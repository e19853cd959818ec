import { commandsOf } from "../detect/nodeManager.ts";
import type { ProjectPlan } from "../detect/plan.ts";

const NODE = "node:24-slim";
/** Runs without root (user 101). */
const NGINX = "nginxinc/nginx-unprivileged:alpine";
const PYTHON = "python:3.13-slim";

/** What never belongs into an image: packages of the developer's machine, history, and secrets. */
export const DOCKERIGNORE = `node_modules
**/node_modules
.git
.env
.env.*
**/.env
**/.env.*
!**/.env.example
*.pem
Dockerfile*
.dockerignore
.devfactory*
devfactory.yaml
devfactory.yml
`;

/**
 * A Dockerfile of a plan: a stage that installs by the lock file, without running packages' scripts, and builds; a small stage without
 * root, packages of development and sources that only the build needs. Equal plans give equal text.
 *
 * @param port where the container listens
 * @throws {RangeError} for a plan of a project with a Dockerfile of its own
 */
export function generateDockerfile(plan: ProjectPlan, port: number): string {
  switch (plan.language) {
    case "node":
      return plan.kind === "static" ? builtSite(plan, port) : nodeServer(plan, port);
    case "python":
      return pythonServer(plan, port);
    case "static":
      return lines(...nginx(plan, port), `COPY ${plan.outputDir ?? "."} /usr/share/nginx/html`);
    case "dockerfile":
      throw new RangeError("the project has a Dockerfile");
  }
}

function nodeServer(plan: ProjectPlan, port: number): string {
  const home = inApp(plan.folder);
  const { setup } = commandsOf(plan.manager);
  const [program] = plan.start ?? [];
  const all = plan.runtime === undefined;
  // Without packages there is no folder of them.
  const runtime = (plan.runtime ?? []).filter((path) => path !== "node_modules" || plan.install);
  const copy = "COPY --from=build --chown=node:node ";
  // What the build needs may go when the next stage takes the installed packages.
  const pruned = plan.install && !plan.keepDevelopment && (all || runtime.includes("node_modules"));
  const prune = pruned ? `${plan.folder === "." ? "" : "cd /app && "}${commandsOf(plan.manager).prune}` : undefined;
  const last = [plan.build, prune].filter((each) => each !== undefined).join(" && ");
  return lines(
    ...nodeBuild(plan),
    ...(last ? [`RUN ${last}`] : []),
    "",
    `FROM ${NODE}`,
    `ENV NODE_ENV=production HOST=0.0.0.0 PORT=${port}`,
    ...(program === "bun" && setup ? [`RUN ${setup}`] : []),
    `WORKDIR ${home}`,
    ...(all ? [`${copy}/app /app`] : runtime.map((path) => `${copy}${home}/${path} ./${path}`)),
    "USER node",
    `EXPOSE ${port}`,
    `CMD ${JSON.stringify(plan.start)}`,
  );
}

function builtSite(plan: ProjectPlan, port: number): string {
  const home = inApp(plan.folder);
  return lines(
    ...nodeBuild(plan),
    ...(plan.build ? [`RUN ${plan.build}`] : []),
    "",
    ...nginx(plan, port),
    `COPY --from=build ${home}/${plan.outputDir ?? "dist"} /usr/share/nginx/html`,
  );
}

function nodeBuild(plan: ProjectPlan): readonly string[] {
  const { setup } = commandsOf(plan.manager);
  const install = plan.install ? [`RUN ${plan.install}`] : [];
  return [
    `FROM ${NODE} AS build`,
    "WORKDIR /app",
    ...(setup && plan.install ? [`RUN ${setup}`] : []),
    ...(plan.installReads && plan.install
      ? [...copies(plan.installReads), ...install, "COPY . ."]
      : ["COPY . .", ...install]),
    ...(plan.folder === "." ? [] : [`WORKDIR ${inApp(plan.folder)}`]),
  ];
}

/** One `COPY` for each folder: files of the root together, manifests of packages at their places. */
function copies(paths: readonly string[]): readonly string[] {
  const folders = Map.groupBy(paths, (path) => path.split("/").slice(0, -1).join("/"));
  return [...folders].map(([folder, files]) => `COPY ${files.join(" ")} ./${folder && `${folder}/`}`);
}

function nginx(plan: ProjectPlan, port: number): readonly string[] {
  const tries = plan.singlePage ? "$uri $uri/ /index.html" : "$uri $uri.html $uri/ =404";
  const config = `server { listen ${port}; root /usr/share/nginx/html; index index.html; location / { try_files ${tries}; } }`;
  return [`FROM ${NGINX}`, `EXPOSE ${port}`, `RUN echo '${config}' > /etc/nginx/conf.d/default.conf`];
}

/**
 * What each manager needs besides the base image, and settings that keep it to /venv and to wheels: the build script of a package does
 * not run when it is installed.
 */
const PYTHON_MANAGERS = {
  pip: { tools: "", settings: "PIP_PYTHON=/venv/bin/python PIP_ONLY_BINARY=:all:" },
  uv: { tools: "uv", settings: "UV_PROJECT_ENVIRONMENT=/venv UV_NO_BUILD=1 UV_PYTHON_DOWNLOADS=never" },
  poetry: { tools: "poetry poetry-plugin-export", settings: "PIP_PYTHON=/venv/bin/python PIP_ONLY_BINARY=:all:" },
} as const;

function pythonServer(plan: ProjectPlan, port: number): string {
  const start = (plan.start ?? []).map((word) =>
    word.replace(/^(0\.0\.0\.0:)?8080$/, (_, host = "") => `${host}${port}`),
  );
  const { tools, settings } =
    PYTHON_MANAGERS[plan.manager.name === "uv" || plan.manager.name === "poetry" ? plan.manager.name : "pip"];
  const environment = "PATH=/venv/bin:$PATH VIRTUAL_ENV=/venv PYTHONUNBUFFERED=1";
  return lines(
    `FROM ${PYTHON} AS build`,
    "WORKDIR /app",
    ...(tools ? [`RUN pip install --no-cache-dir --only-binary=:all: ${tools}`] : []),
    "RUN python -m venv --without-pip /venv",
    `ENV ${environment} ${settings}`,
    ...(plan.installReads
      ? [`COPY ${plan.installReads.join(" ")} ./`, `RUN ${plan.install}`, "COPY . ."]
      : ["COPY . .", `RUN ${plan.install}`]),
    ...(plan.build ? [`RUN ${plan.build}`] : []),
    "",
    `FROM ${PYTHON}`,
    `ENV ${environment} PORT=${port}`,
    "WORKDIR /app",
    "COPY --from=build /venv /venv",
    "COPY --from=build /app /app",
    "USER nobody",
    `EXPOSE ${port}`,
    `CMD ${JSON.stringify(start)}`,
  );
}

function inApp(folder: string): string {
  return folder === "." ? "/app" : `/app/${folder}`;
}

function lines(...all: readonly string[]): string {
  return `${all.join("\n")}\n`;
}
