import { AutomationError } from "../errors.ts";
import { readManifest } from "./manifest.ts";
import { NODE_FRAMEWORKS } from "./nodeFrameworks.ts";
import { nodeProject } from "./nodeProject.ts";
import type { ProjectPlan } from "./plan.ts";
import { found, inFolder, namesIn, type ProjectFiles } from "./projectFiles.ts";
import { PYTHON_FILES, pythonProject } from "./pythonProject.ts";
import { healthOf } from "./serverFacts.ts";
import { workspaceAt, workspaceOf } from "./workspaceRoot.ts";

/** Folders that hold a site of plain files. */
const SITE_FOLDERS = [".", "public", "dist", "site", "www", "docs"] as const;

/** One deployable part of a project. */
export interface DetectedService {
  /** Of its folder, or `web` or `api`. */
  readonly name: string;
  /** Folder in the project. */
  readonly source: string;
  readonly plan: ProjectPlan;
}

/**
 * How one folder of a project is built and run: its own Dockerfile first, then Node, Python, plain files. A folder that is a package
 * of a workspace is built in the workspace's root. Pure: it reads nothing but the given files.
 *
 * @throws {AutomationError} `PROJECT_UNKNOWN` with all that was looked for; `PROJECT_UNSUPPORTED` with the way out
 */
export function detectProject(files: ProjectFiles, folder = "."): ProjectPlan {
  const own = ownDockerfile(files, folder);
  if (own) return own;
  const manifest = readManifest(files, folder);
  if (manifest) {
    const workspace = workspaceOf(files, folder);
    const root = workspace && readManifest(files, workspace.root);
    return nodeProject(files, folder, manifest, workspace && root && { ...workspace, manifest: root });
  }
  const plan = pythonProject(files, folder) ?? plainSite(files, folder);
  if (plan) return plan;
  throw unknown(files, folder);
}

/**
 * All deployable parts: the packages of a workspace that have something to run, the project itself, or the folders right below it
 * (`frontend`, `backend`) when the root is none.
 *
 * @throws {AutomationError} as {@link detectProject}
 */
export function detectServices(files: ProjectFiles): readonly DetectedService[] {
  const workspace = workspaceAt(files, ".");
  if (workspace && !files.has("Dockerfile")) {
    const parts = workspace.packages.filter((folder) => isDeployable(files, folder));
    if (parts.length > 0)
      return parts.map((source) => ({ name: nameOf(source), source, plan: detectProject(files, source) }));
  }
  try {
    const plan = detectProject(files);
    return [{ name: plan.kind === "api" ? "api" : "web", source: ".", plan }];
  } catch (error) {
    if (!(error instanceof AutomationError) || error.code !== "PROJECT_UNKNOWN") throw error;
    const below = [
      ...new Set(files.paths.map((path) => path.split("/")[0] ?? "").filter((name) => !files.has(name))),
    ].sort();
    const parts = below.filter((folder) => isProject(files, folder));
    if (parts.length === 0) throw error;
    return parts.map((source) => ({ name: nameOf(source), source, plan: detectProject(files, source) }));
  }
}

/** A package that something can be run of: not a library for the others. */
function isDeployable(files: ProjectFiles, folder: string): boolean {
  const manifest = readManifest(files, folder);
  if (!manifest) return false;
  if (manifest.script("start") || files.has(inFolder(folder, "Dockerfile"))) return true;
  const { dependencies, devDependencies } = manifest.data;
  const runs = [
    "next",
    "nuxt",
    "@sveltejs/kit",
    "astro",
    "vite",
    "react-scripts",
    "express",
    "fastify",
    "koa",
    "hono",
    "@nestjs/core",
  ];
  return (
    runs.some((name) => name in dependencies || (name in devDependencies && name !== "vite")) ||
    files.has(inFolder(folder, "index.html"))
  );
}

function isProject(files: ProjectFiles, folder: string): boolean {
  return ["Dockerfile", "package.json", "index.html", ...PYTHON_FILES].some((name) =>
    files.has(inFolder(folder, name)),
  );
}

/** A name that fits the app spec: letters, digits and single hyphens. */
export function nameOf(folder: string): string {
  const name = (folder.split("/").at(-1) ?? "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "")
    .slice(0, 30)
    .replace(/-+$/, "");
  return name.length >= 2 ? name : `app${name ? `-${name}` : ""}`;
}

function ownDockerfile(files: ProjectFiles, folder: string): ProjectPlan | undefined {
  const file = inFolder(folder, "Dockerfile");
  const text = files.read(file);
  if (text === undefined) return undefined;
  const exposed = Number(/^\s*EXPOSE\s+(\d+)/im.exec(text)?.[1]);
  const health = healthOf(files, folder, /^\s*FROM\s+(?:\S*\/)?python/im.test(text) ? "python" : "node");
  const port = exposed > 0 && exposed <= 65_535 ? exposed : 8080;
  return {
    framework: "dockerfile",
    language: "dockerfile",
    kind: "web",
    manager: { name: "none" },
    context: folder,
    folder: ".",
    port,
    health: health.health,
    evidence: [
      { choice: "framework", file, line: 1, reason: "the project's own Dockerfile wins" },
      exposed > 0
        ? { choice: "port", ...found(files, file, /^\s*EXPOSE/im), reason: `exposes ${port}` }
        : { choice: "port", reason: "PORT is 8080, unless the spec says another" },
      health.evidence,
    ],
  };
}

function plainSite(files: ProjectFiles, folder: string): ProjectPlan | undefined {
  const outputDir = SITE_FOLDERS.find((each) =>
    files.has(inFolder(folder, each === "." ? "index.html" : `${each}/index.html`)),
  );
  if (outputDir === undefined) return undefined;
  const file = inFolder(folder, outputDir === "." ? "index.html" : `${outputDir}/index.html`);
  return {
    framework: "static",
    language: "static",
    kind: "static",
    manager: { name: "none" },
    context: folder,
    folder: ".",
    outputDir,
    singlePage: false,
    port: 8080,
    health: "/",
    evidence: [{ choice: "framework", file, line: 1, reason: "is a page, and nothing says that it is built" }],
  };
}

function unknown(files: ProjectFiles, folder: string): AutomationError {
  const names = namesIn(files, folder);
  const there = names.slice(0, 12).join(", ") + (names.length > 12 ? ` and ${names.length - 12} more files` : "");
  return new AutomationError("PROJECT_UNKNOWN", {
    folder: folder === "." ? "the project" : folder,
    lookedFor: `Dockerfile; package.json (${NODE_FRAMEWORKS.join(", ")}, plain Node); ${PYTHON_FILES.join(", ")} (fastapi, flask, django); index.html in ${SITE_FOLDERS.join(", ")}`,
    there: there || "no file",
  });
}
