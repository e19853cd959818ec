import { AutomationError } from "../errors.ts";
import type { Manifest } from "./manifest.ts";
import type { Evidence, Framework, ProjectPlan } from "./plan.ts";
import { found, inFolder, namesIn, type ProjectFiles } from "./projectFiles.ts";

/** A folder with a `package.json`, as the rows below ask about it. */
export interface NodeProject {
  readonly files: ProjectFiles;
  readonly folder: string;
  readonly manifest: Manifest;
}

/** What a framework says of building and running. */
export interface Recipe {
  readonly kind: ProjectPlan["kind"];
  /** Used when the project has no `build` script. */
  readonly build?: string;
  /** Used when the project has no `start` script of its own; a server without one cannot be deployed. */
  readonly start?: readonly string[];
  /** The `start` script of such a project serves for development or previews, or is started better directly. */
  readonly ignoresStartScript?: boolean;
  readonly outputDir?: string;
  readonly singlePage?: boolean;
  readonly runtime?: readonly string[];
  readonly evidence?: readonly Evidence[];
}

interface FrameworkRow {
  readonly framework: Framework;
  /** Any of these packages. A tool's own package is looked for, not a library that several share. */
  readonly packages: readonly string[];
  readonly recipe: (project: NodeProject) => Recipe | undefined;
}

const bin = (name: string, ...args: string[]) => [`./node_modules/.bin/${name}`, ...args];
const MANIFESTS = ["package.json", "node_modules"] as const;

/**
 * Frameworks, those that are built on others first. Commands and folders are those of each framework's own documentation on running
 * in Node ("Deployment"): Next.js 16, Nuxt 4, SvelteKit 2 (adapters), Astro 5 (Node adapter), Remix 2, React Router 7, Vite 7, Nest 11.
 */
const ROWS: readonly FrameworkRow[] = [
  { framework: "next", packages: ["next"], recipe: next },
  { framework: "nuxt", packages: ["nuxt", "nuxt3", "nuxt-nightly"], recipe: nuxt },
  { framework: "sveltekit", packages: ["@sveltejs/kit"], recipe: sveltekit },
  { framework: "astro", packages: ["astro"], recipe: astro },
  { framework: "remix", packages: ["@remix-run/dev", "@remix-run/serve", "@remix-run/node"], recipe: remix },
  { framework: "react-router", packages: ["@react-router/dev"], recipe: reactRouter },
  { framework: "nest", packages: ["@nestjs/core"], recipe: nest },
  { framework: "create-react-app", packages: ["react-scripts"], recipe: () => site("build") },
  { framework: "fastify", packages: ["fastify"], recipe: server },
  { framework: "hono", packages: ["hono"], recipe: hono },
  { framework: "koa", packages: ["koa"], recipe: server },
  { framework: "express", packages: ["express"], recipe: server },
  { framework: "vite", packages: ["vite"], recipe: vite },
];

/** What is looked for, for a message. */
export const NODE_FRAMEWORKS = ROWS.map(({ framework }) => framework);

/** The framework of a project and what follows from it; plain Node when none is named. */
export function frameworkOf(project: NodeProject): {
  readonly framework: Framework;
  readonly recipe: Recipe;
  readonly evidence: readonly Evidence[];
} {
  for (const { framework, packages, recipe } of ROWS) {
    const name = packages.find((each) => project.manifest.dependency(each) !== undefined);
    const made = name === undefined ? undefined : recipe(project);
    if (name === undefined || made === undefined) continue;
    const reason = `depends on ${name}`;
    return {
      framework,
      recipe: made,
      evidence: [{ choice: "framework", ...project.manifest.at(name), reason }, ...(made.evidence ?? [])],
    };
  }
  const evidence = {
    choice: "framework",
    file: project.manifest.path,
    line: 1,
    reason: "has a package.json and no framework that is known",
  } as const;
  return { framework: "node", recipe: server(project) ?? { kind: "web" }, evidence: [evidence] };
}

/** The first of the given files with a pattern in it. */
function match(project: NodeProject, names: RegExp, pattern: RegExp) {
  for (const name of namesIn(project.files, project.folder)) {
    if (!names.test(name)) continue;
    const file = inFolder(project.folder, name);
    const groups = pattern.exec(project.files.read(file) ?? "");
    if (groups) return { value: groups[1] ?? groups[0], at: found(project.files, file, pattern) };
  }
  return undefined;
}

function site(outputDir: string, evidence: readonly Evidence[] = [], singlePage = true): Recipe {
  return { kind: "static", outputDir, singlePage, ignoresStartScript: true, evidence };
}

function next(project: NodeProject): Recipe {
  const output = match(project, /^next\.config\./, /output:\s*["'](export|standalone)["']/);
  if (output?.value === "export") {
    return site("out", [{ choice: "outputDir", ...output.at, reason: "exports plain files to out" }], false);
  }
  const there = ["public", "next.config.js", "next.config.mjs", "next.config.ts"].filter((name) =>
    project.files.paths.some(
      (path) => path === inFolder(project.folder, name) || path.startsWith(`${inFolder(project.folder, name)}/`),
    ),
  );
  return {
    kind: "web",
    build: "npx next build",
    start: bin("next", "start"),
    ignoresStartScript: true,
    runtime: [...MANIFESTS, ".next", ...there],
  };
}

function nuxt({ manifest }: NodeProject): Recipe {
  if (/\bnux[ti]\s+generate\b/.test(manifest.script("build") ?? "")) {
    return site(
      ".output/public",
      [{ choice: "outputDir", ...manifest.at("build"), reason: "nuxt generate writes plain files" }],
      false,
    );
  }
  return {
    kind: "web",
    build: "npx nuxt build",
    start: ["node", ".output/server/index.mjs"],
    ignoresStartScript: true,
    runtime: [".output"],
  };
}

function sveltekit(project: NodeProject): Recipe {
  const { manifest } = project;
  if (manifest.dependency("@sveltejs/adapter-static")) {
    const reason = "adapter-static writes plain files to build";
    return site("build", [{ choice: "outputDir", ...manifest.at("@sveltejs/adapter-static"), reason }]);
  }
  if (manifest.dependency("@sveltejs/adapter-node")) {
    return {
      kind: "web",
      build: "npx vite build",
      start: ["node", "build"],
      ignoresStartScript: true,
      runtime: [...MANIFESTS, "build"],
    };
  }
  throw new AutomationError("PROJECT_UNSUPPORTED", {
    problem: `The SvelteKit project ${manifest.path} has no adapter that makes a server or plain files`,
    way: "Install @sveltejs/adapter-node (or adapter-static) and name it in svelte.config.js.",
  });
}

function astro(project: NodeProject): Recipe {
  const server = match(project, /^astro\.config\./, /output:\s*["'](server|hybrid)["']|adapter:\s*node\(/);
  if (!server) return site("dist", [], false);
  if (!project.manifest.dependency("@astrojs/node")) {
    throw new AutomationError("PROJECT_UNSUPPORTED", {
      problem: `${server.at.file} asks for a server, and @astrojs/node is not installed`,
      way: "Run `npx astro add node`.",
    });
  }
  const evidence = [{ choice: "kind", ...server.at, reason: "renders on a server, with @astrojs/node" }] as const;
  return {
    kind: "web",
    build: "npx astro build",
    start: ["node", "./dist/server/entry.mjs"],
    ignoresStartScript: true,
    runtime: [...MANIFESTS, "dist"],
    evidence,
  };
}

function remix(project: NodeProject): Recipe {
  const vite = match(project, /^vite\.config\./, /@remix-run\/dev/) !== undefined;
  const entry = vite ? "./build/server/index.js" : "./build/index.js";
  return {
    kind: "web",
    build: vite ? "npx remix vite:build" : "npx remix build",
    start: bin("remix-serve", entry),
    runtime: [...MANIFESTS, "build", ...(vite ? [] : ["public"])],
  };
}

function reactRouter(project: NodeProject): Recipe {
  const plain = match(project, /^react-router\.config\./, /ssr:\s*false/);
  if (plain) return site("build/client", [{ choice: "kind", ...plain.at, reason: "renders in the browser only" }]);
  return {
    kind: "web",
    build: "npx react-router build",
    start: bin("react-router-serve", "./build/server/index.js"),
    runtime: [...MANIFESTS, "build"],
  };
}

function nest(): Recipe {
  return {
    kind: "api",
    build: "npx nest build",
    start: ["node", "dist/main.js"],
    ignoresStartScript: true,
    runtime: [...MANIFESTS, "dist"],
  };
}

/** Vite builds plain files, unless a `start` script runs a server of the project's own. */
function vite(project: NodeProject): Recipe | undefined {
  const start = project.manifest.script("start");
  if (start !== undefined && !/^vite\b|\bvite (preview|dev|serve)\b/.test(start)) return undefined;
  const given = match(project, /^vite\.config\./, /outDir:\s*["'`]([^"'`]+)["'`]/);
  const outputDir = given?.value.replace(/^\.\//, "") ?? "dist";
  return site(outputDir, given ? [{ choice: "outputDir", ...given.at, reason: `writes to ${outputDir}` }] : []);
}

function hono(project: NodeProject): Recipe {
  const { manifest } = project;
  const workers = namesIn(project.files, project.folder).find((name) => /^wrangler\.(toml|jsonc?)$/.test(name));
  const onBun = /\bbun\b/.test(manifest.script("start") ?? "");
  if (workers && !manifest.dependency("@hono/node-server") && !onBun) {
    throw new AutomationError("PROJECT_UNSUPPORTED", {
      problem: `${inFolder(project.folder, workers)} makes this a worker of Cloudflare`,
      way: "Install @hono/node-server and start the app with `serve`.",
    });
  }
  return server(project) ?? { kind: "api" };
}

const ENTRIES = ["server", "app", "index", "main", "src/server", "src/app", "src/index", "src/main"];
const ENDINGS = ["js", "mjs", "cjs", "ts", "mts"];

/** A program that node starts: `main`, or a file with a usual name. Node 24 runs TypeScript by taking the types away. */
function server({ files, folder, manifest }: NodeProject): Recipe | undefined {
  const kind =
    manifest.data.dependencies && Object.keys(manifest.data.dependencies).some((name) => SERVERS.has(name))
      ? "api"
      : "web";
  const { main } = manifest.data;
  const entry = [main, ...ENTRIES.flatMap((name) => ENDINGS.map((ending) => `${name}.${ending}`))].find(
    (name): name is string => name !== undefined && files.has(inFolder(folder, name.replace(/^\.\//, ""))),
  );
  if (entry === undefined) return { kind };
  const at = entry === main ? manifest.at("main") : { file: inFolder(folder, entry), line: 1 };
  return {
    kind,
    start: ["node", entry.replace(/^\.\//, "")],
    evidence: [{ choice: "start", ...at, reason: "is where the program begins" }],
  };
}

const SERVERS = new Set(["express", "fastify", "hono", "koa"]);
