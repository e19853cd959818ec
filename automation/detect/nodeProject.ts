import { posix } from "node:path";
import { AutomationError } from "../errors.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import { frameworkOf, type Recipe } from "./nodeFrameworks.ts";
import { commandsOf, nodeManager } from "./nodeManager.ts";
import type { Evidence, Manager, ProjectPlan } from "./plan.ts";
import { inFolder, type ProjectFiles } from "./projectFiles.ts";
import { healthOf, portOf } from "./serverFacts.ts";
import type { Workspace } from "./workspaceRoot.ts";

/**
 * The plan of a folder with a `package.json`.
 *
 * @param workspace the workspace that the folder is a package of: its root is the context
 * @throws {AutomationError} `PROJECT_UNSUPPORTED` when nothing says how it starts, or a framework is set up for another platform
 */
export function nodeProject(
  files: ProjectFiles,
  folder: string,
  manifest: Manifest,
  workspace?: Workspace & { readonly manifest: Manifest },
): ProjectPlan {
  const context = workspace?.root ?? folder;
  const { framework, recipe, evidence } = frameworkOf({ files, folder, manifest });
  const { manager, evidence: ofManager } = nodeManager(files, context, workspace?.manifest ?? manifest);
  const needsInstall =
    Object.keys({ ...manifest.data.dependencies, ...manifest.data.devDependencies }).length > 0 ||
    workspace !== undefined;
  const build = buildOf(manifest, manager, recipe, workspace ? librariesOf(files, folder, manifest, workspace) : []);
  const common = {
    framework,
    language: "node",
    kind: recipe.kind,
    manager,
    context,
    folder: context === "." ? folder : folder.slice(context.length + 1) || ".",
    ...(needsInstall && {
      install: commandsOf(manager).install,
      ...installReads(files, context, manifest, manager, workspace),
    }),
    ...(build && { build: build.command }),
  } as const;
  const shared = [...evidence.filter(({ choice }) => choice !== "start"), ...ofManager, ...(build?.evidence ?? [])];
  if (recipe.kind === "static") {
    const outputDir = recipe.outputDir ?? "dist";
    return {
      ...common,
      outputDir,
      singlePage: recipe.singlePage ?? false,
      port: 8080,
      health: "/",
      evidence: [...shared, { choice: "kind", reason: `the build's files in ${outputDir} are all that runs` }],
    };
  }
  const start = startOf(manifest, recipe, manager);
  const port = portOf(files, folder, "node");
  const health = healthOf(files, folder, "node");
  return {
    ...common,
    start: start.command.map((word) => whereBinariesLie(word, manager, common.folder)),
    ...(recipe.runtime && !workspace && { runtime: recipe.runtime }),
    ...(start.keepDevelopment && { keepDevelopment: true }),
    port: port.port,
    health: health.health,
    evidence: [...shared, ...start.evidence, port.evidence, health.evidence],
  };
}

function buildOf(
  manifest: Manifest,
  manager: Manager,
  recipe: Recipe,
  libraries: readonly string[],
): { command: string; evidence: readonly Evidence[] } | undefined {
  const libraryBuilds = libraries.map((folder) => `(cd ${folder} && ${manager.name} run build)`);
  const after = (command: string) => [...libraryBuilds, command].join(" && ");
  if (manifest.script("build")) {
    const reason = `the project's own build script${libraries.length > 0 ? ", after those of the packages it uses" : ""}`;
    return {
      command: after(`${manager.name} run build`),
      evidence: [{ choice: "build", ...manifest.at("build"), reason }],
    };
  }
  if (recipe.build === undefined) {
    return libraries.length > 0 ? { command: libraryBuilds.join(" && "), evidence: [] } : undefined;
  }
  return { command: after(recipe.build), evidence: [{ choice: "build", reason: "the framework's own build" }] };
}

/** Packages of the workspace that this one uses and that must be built, each after those that it uses itself; relative to the folder. */
function librariesOf(
  files: ProjectFiles,
  folder: string,
  manifest: Manifest,
  { root, packages }: Workspace,
): readonly string[] {
  const known = new Map<string, { folder: string; manifest: Manifest }>();
  for (const each of packages) {
    const read = readManifest(files, inFolder(root, each));
    if (read?.data.name) known.set(read.data.name, { folder: each, manifest: read });
  }
  const order: string[] = [];
  const visit = (of: Manifest, above: readonly Manifest[]) => {
    for (const name of Object.keys({ ...of.data.dependencies, ...of.data.devDependencies })) {
      const used = known.get(name);
      if (!used || above.includes(used.manifest) || order.includes(used.folder)) continue;
      visit(used.manifest, [...above, used.manifest]);
      if (used.manifest.script("build")) order.push(used.folder);
    }
  };
  visit(manifest, [manifest]);
  const up = posix.relative(folder, root === "." ? "" : root) || ".";
  return order.map((each) => `${up}/${each}`);
}

/** Dependencies that lie in the project itself, or are changed by files of it: their files must be there before the install. */
const LOCAL = /^(file|link|portal|patch):/;

/** The files that decide what is installed; nothing when only the whole project says it. */
function installReads(
  files: ProjectFiles,
  context: string,
  manifest: Manifest,
  manager: Manager,
  workspace: Workspace | undefined,
): { readonly installReads?: readonly string[] } {
  const ranges = Object.values({ ...manifest.data.dependencies, ...manifest.data.devDependencies });
  if (ranges.some((range) => LOCAL.test(range))) return {};
  if (files.paths.some((path) => /^(patches|\.yarn\/(patches|releases|plugins))\//.test(path))) return {};
  const packages = workspace?.packages.map((folder) => `${folder}/package.json`) ?? [];
  const others = [manager.lock ?? "", ...commandsOf(manager).reads].filter((name) =>
    files.has(inFolder(context, name)),
  );
  return { installReads: ["package.json", ...others, ...packages] };
}

/** Commands that serve for development: they watch files, or need what production leaves out. */
const DEVELOPMENT = /\b(nodemon|next dev|nuxt dev|vite dev|ts-node-dev|tsx watch|node --watch|nest start)\b|^vite$/;
/** Only words, so that no shell is needed between the platform's signals and the program. */
const PLAIN = /^[\w@%+,./:=-]+( [\w@%+,./:=-]+)*$/;

function startOf(
  manifest: Manifest,
  recipe: Recipe,
  manager: Manager,
): { command: readonly string[]; keepDevelopment: boolean; evidence: readonly Evidence[] } {
  const script = manifest.script("start");
  if (script && !recipe.ignoresStartScript && !DEVELOPMENT.test(script)) {
    const words = script.split(/\s+/);
    const [program = ""] = words;
    const direct = PLAIN.test(script) && (program === "node" || program === "bun") && !manifest.script("prestart");
    const keepDevelopment = needsDevelopment(manifest, script);
    const reason = `the project's own start script${keepDevelopment ? ", which needs packages of development" : ""}`;
    const command = direct ? words : [manager.name === "bun" ? "bun" : "npm", "run", "start"];
    return { command, keepDevelopment, evidence: [{ choice: "start", ...manifest.at("start"), reason }] };
  }
  if (recipe.start) {
    const told = recipe.evidence?.filter(({ choice }) => choice === "start") ?? [];
    const rule = { choice: "start", reason: "how the framework runs in production" } as const;
    return { command: recipe.start, keepDevelopment: false, evidence: told.length > 0 ? told : [rule] };
  }
  throw new AutomationError("PROJECT_UNSUPPORTED", {
    problem: `Nothing in ${manifest.path} says how the program starts: no start script, no main file, none of server, app, index or main`,
    way: 'Add `"start": "node server.js"` to its scripts.',
  });
}

function needsDevelopment(manifest: Manifest, script: string): boolean {
  return script.split(/[\s;&|]+/).some((word) => /^[\w@./-]+$/.test(word) && manifest.isDevelopmentOnly(word));
}

/** npm, Yarn and Bun put the programs of a workspace's packages into its root. */
function whereBinariesLie(word: string, manager: Manager, folder: string): string {
  if (folder === "." || manager.name === "pnpm" || !word.startsWith("./node_modules/.bin/")) return word;
  return `${posix.relative(folder, ".")}/${word.slice(2)}`;
}
