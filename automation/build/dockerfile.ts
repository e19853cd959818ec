import type { Service } from "@devfactory/stacks/spec/index.ts";
import type { FileSet } from "../archive/fileSet.ts";

interface PackageJson {
  readonly scripts?: Readonly<Record<string, string>>;
  readonly main?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

interface Manager {
  readonly lock: string;
  readonly setup: readonly string[];
  readonly install: string;
  readonly production: string;
  readonly run: string;
}

/** How each package manager installs exactly what its lock file says, without running packages' scripts. */
const MANAGERS: readonly Manager[] = [
  {
    lock: "pnpm-lock.yaml",
    setup: ["RUN corepack enable"],
    install: "pnpm install --frozen-lockfile --ignore-scripts",
    production: "pnpm install --prod --frozen-lockfile --ignore-scripts",
    run: "pnpm run",
  },
  {
    lock: "yarn.lock",
    setup: ["RUN corepack enable"],
    install: "yarn install --frozen-lockfile --ignore-scripts",
    production: "yarn install --production --frozen-lockfile --ignore-scripts",
    run: "yarn run",
  },
  {
    lock: "package-lock.json",
    setup: [],
    install: "npm ci --ignore-scripts",
    production: "npm ci --omit=dev --ignore-scripts",
    run: "npm run",
  },
];
const NO_LOCK: Manager = {
  lock: "package.json",
  setup: [],
  install: "npm install --ignore-scripts",
  production: "npm install --omit=dev --ignore-scripts",
  run: "npm run",
};

/**
 * A Dockerfile for a service that has none: a build stage, and a small production stage that runs without root.
 * Node services by `package.json` and the lock file that is there; folders of plain files behind nginx.
 */
export function generateDockerfile(files: FileSet, service: Pick<Service, "kind" | "port">): string {
  const manifest = readPackageJson(files);
  if (!manifest) return plainFiles(files, service.port);
  const manager = MANAGERS.find((each) => files.has(each.lock)) ?? NO_LOCK;
  return service.kind === "static"
    ? builtSite(manifest, manager, service.port)
    : nodeService(manifest, manager, files, service.port);
}

function nodeService(manifest: PackageJson, manager: Manager, files: FileSet, port: number): string {
  const build = manifest.scripts?.build ? [`RUN ${manager.run} build`] : [];
  const start = manifest.scripts?.start ? `${manager.run} start`.split(" ") : ["node", entry(manifest, files)];
  return lines(
    "FROM node:24-slim AS build",
    "WORKDIR /app",
    ...manager.setup,
    `COPY package.json ${manager.lock === "package.json" ? "" : `${manager.lock} `}./`,
    `RUN ${manager.install}`,
    "COPY . .",
    ...build,
    `RUN ${manager.production}`,
    "",
    "FROM node:24-slim",
    `ENV NODE_ENV=production PORT=${port}`,
    "WORKDIR /app",
    ...manager.setup,
    "COPY --from=build --chown=node:node /app ./",
    "USER node",
    `EXPOSE ${port}`,
    `CMD ${JSON.stringify(start)}`,
  );
}

function builtSite(manifest: PackageJson, manager: Manager, port: number): string {
  const output = manifest.dependencies?.["react-scripts"] ? "build" : "dist";
  return lines(
    "FROM node:24-slim AS build",
    "WORKDIR /app",
    ...manager.setup,
    "COPY . .",
    `RUN ${manager.install}`,
    ...(manifest.scripts?.build
      ? [`RUN ${manager.run} build`]
      : [`RUN mkdir -p ${output} && cp -r public/. ${output}/`]),
    "",
    ...nginx(port),
    `COPY --from=build /app/${output} /usr/share/nginx/html`,
  );
}

function plainFiles(files: FileSet, port: number): string {
  const folder = files.has("index.html") ? "." : files.has("public/index.html") ? "public" : ".";
  return lines(...nginx(port), `COPY ${folder} /usr/share/nginx/html`);
}

function nginx(port: number): readonly string[] {
  const config = `server { listen ${port}; root /usr/share/nginx/html; location / { try_files $uri $uri/ /index.html; } }`;
  return [
    "FROM nginxinc/nginx-unprivileged:alpine",
    `EXPOSE ${port}`,
    `RUN echo '${config}' > /etc/nginx/conf.d/default.conf`,
  ];
}

function entry(manifest: PackageJson, files: FileSet): string {
  const candidates = [
    manifest.main,
    "server.ts",
    "server.js",
    "src/main.ts",
    "src/index.ts",
    "index.js",
    "dist/index.js",
  ];
  return candidates.find((path): path is string => path !== undefined && files.has(path)) ?? "index.js";
}

function readPackageJson(files: FileSet): PackageJson | undefined {
  const file = files.get("package.json");
  if (!file) return undefined;
  try {
    return JSON.parse(Buffer.from(file.content).toString("utf8")) as PackageJson;
  } catch {
    return undefined;
  }
}

function lines(...all: readonly string[]): string {
  return `${all.join("\n")}\n`;
}
