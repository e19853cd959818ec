import { AutomationError } from "../errors.ts";
import type { Evidence, Manager, ProjectPlan } from "./plan.ts";
import { found, inFolder, namesIn, type ProjectFiles } from "./projectFiles.ts";
import { DEFAULT_PORT, healthOf } from "./serverFacts.ts";

/** What a poetry.lock asks for, with its hashes, in the form that pip reads. */
const EXPORTED = "/tmp/requirements.txt";
/** Files that say what a Python project needs, in the order in which they are believed. */
const MANAGERS: readonly (readonly [string, Manager, string])[] = [
  ["uv.lock", { name: "uv", lock: "uv.lock" }, "uv sync --frozen --no-dev --no-install-project"],
  [
    "poetry.lock",
    { name: "poetry", lock: "poetry.lock" },
    `poetry export --only main --output ${EXPORTED} && pip install --no-cache-dir -r ${EXPORTED}`,
  ],
  ["requirements.txt", { name: "pip" }, "pip install --no-cache-dir -r requirements.txt"],
  ["pyproject.toml", { name: "pip" }, "pip install --no-cache-dir ."],
];
/** Read by an install besides its own file, where they are there. */
const READS = ["pyproject.toml", "constraints.txt"];
export const PYTHON_FILES = MANAGERS.map(([file]) => file);

type PythonFramework = "fastapi" | "flask" | "django";

/** The object that a server imports: `main:app`. */
interface Entry {
  readonly module: string;
  readonly evidence: Evidence;
}

/**
 * The plan of a Python project: FastAPI behind uvicorn, Flask and Django behind gunicorn.
 *
 * @returns nothing when no file says what it needs
 * @throws {AutomationError} `PROJECT_UNSUPPORTED` for Python without one of them
 */
export function pythonProject(files: ProjectFiles, folder: string): ProjectPlan | undefined {
  const row = MANAGERS.find(([file]) => files.has(inFolder(folder, file)));
  if (!row) return undefined;
  const [file, manager, install] = row;
  const needs = PYTHON_FILES.concat("pyproject.toml").map((name) => inFolder(folder, name));
  const framework = frameworkOf(files, needs);
  if (!framework) {
    throw new AutomationError("PROJECT_UNSUPPORTED", {
      problem: `${inFolder(folder, file)} names none of fastapi, flask and django`,
      way: "Other Python servers need a Dockerfile that starts them on the port in PORT.",
    });
  }
  const entry = framework.name === "django" ? djangoEntry(files, folder) : objectEntry(files, folder, framework.name);
  const server = framework.name === "fastapi" ? "uvicorn" : "gunicorn";
  const hasServer = needs.some((path) =>
    new RegExp(`^\\s*["']?${server}\\b|["']${server}\\b`, "m").test(files.read(path) ?? ""),
  );
  const runner = manager.name === "uv" ? "uv pip install" : "pip install --no-cache-dir";
  const health = healthOf(files, folder, "python");
  const bind = `0.0.0.0:${DEFAULT_PORT}`;
  return {
    framework: framework.name,
    language: "python",
    kind: framework.name === "django" ? "web" : "api",
    manager,
    context: folder,
    folder: ".",
    ...(install.endsWith(" .")
      ? {}
      : { installReads: [...new Set([file, ...READS])].filter((name) => files.has(inFolder(folder, name))) }),
    install: hasServer ? install : `${install} && ${runner} ${server}`,
    ...(framework.name === "django" &&
      usesStaticFiles(files, folder) && { build: "python manage.py collectstatic --noinput" }),
    start:
      server === "uvicorn"
        ? ["uvicorn", entry.module, "--host", "0.0.0.0", "--port", String(DEFAULT_PORT)]
        : ["gunicorn", entry.module, "--bind", bind],
    port: DEFAULT_PORT,
    health: health.health,
    evidence: [
      framework.evidence,
      { choice: "manager", file: inFolder(folder, file), line: 1, reason: `is of ${manager.name}` },
      entry.evidence,
      { choice: "port", reason: `${server} listens where it is told` },
      health.evidence,
    ],
  };
}

function frameworkOf(
  files: ProjectFiles,
  needs: readonly string[],
): { name: PythonFramework; evidence: Evidence } | undefined {
  for (const name of ["fastapi", "django", "flask"] as const) {
    const pattern = new RegExp(`^\\s*["']?${name}\\b|["']${name}\\b|^name = "${name}"`, "im");
    const file = needs.find((path) => pattern.test(files.read(path) ?? ""));
    if (file)
      return { name, evidence: { choice: "framework", ...found(files, file, pattern), reason: `needs ${name}` } };
  }
  return undefined;
}

const OBJECT = {
  fastapi: /^(\w+)\s*(?::\s*\w+\s*)?=\s*FastAPI\(/m,
  flask: /^(\w+)\s*(?::\s*\w+\s*)?=\s*Flask\(/m,
} as const;

function objectEntry(files: ProjectFiles, folder: string, framework: "fastapi" | "flask"): Entry {
  const prefix = folder === "." ? "" : `${folder}/`;
  const sources = files.paths
    .filter((path) => path.startsWith(prefix) && path.endsWith(".py") && !/(^|\/)(tests?|venv|\.venv)\//.test(path))
    .sort((a, b) => a.split("/").length - b.split("/").length || (a < b ? -1 : 1));
  for (const path of sources) {
    const name = OBJECT[framework].exec(files.read(path) ?? "")?.[1];
    if (!name) continue;
    const module = path
      .slice(prefix.length, -".py".length)
      .replace(/\/__init__$/, "")
      .replaceAll("/", ".");
    const evidence = {
      choice: "start",
      ...found(files, path, OBJECT[framework]),
      reason: `makes the ${framework} app ${name}`,
    } as const;
    return { module: `${module}:${name}`, evidence };
  }
  throw new AutomationError("PROJECT_UNSUPPORTED", {
    problem: `No .py file makes a ${framework} app at its top level`,
    way: `Write for example \`app = ${framework === "fastapi" ? "FastAPI()" : "Flask(__name__)"}\` in main.py.`,
  });
}

function djangoEntry(files: ProjectFiles, folder: string): Entry {
  const prefix = folder === "." ? "" : `${folder}/`;
  const file = files.paths.find((path) => path.startsWith(prefix) && path.endsWith("/wsgi.py"));
  if (file && namesIn(files, folder).includes("manage.py")) {
    const module = file.slice(prefix.length, -".py".length).replaceAll("/", ".");
    const evidence = {
      choice: "start",
      ...found(files, file, /application\s*=/),
      reason: "is the WSGI application",
    } as const;
    return { module, evidence };
  }
  throw new AutomationError("PROJECT_UNSUPPORTED", {
    problem: "A Django project needs manage.py and a wsgi.py beside its settings",
    way: "`django-admin startproject` makes both.",
  });
}

function usesStaticFiles(files: ProjectFiles, folder: string): boolean {
  const prefix = folder === "." ? "" : `${folder}/`;
  return files.paths.some(
    (path) =>
      path.startsWith(prefix) &&
      path.endsWith("settings.py") &&
      /^STATIC_ROOT\s*=/m.test(files.read(path) ?? "") &&
      /django\.contrib\.staticfiles/.test(files.read(path) ?? ""), // brings the command collectstatic
  );
}
