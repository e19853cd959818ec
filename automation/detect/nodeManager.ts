import type { Manifest } from "./manifest.ts";
import type { Evidence, Manager } from "./plan.ts";
import { found, inFolder, type ProjectFiles } from "./projectFiles.ts";

type NodeManagerName = "npm" | "yarn" | "pnpm" | "bun";

/** Lock files by manager, in the order in which they are believed. npm-shrinkwrap is a lock that is published. */
const LOCKS: readonly (readonly [string, NodeManagerName])[] = [
  ["pnpm-lock.yaml", "pnpm"],
  ["bun.lock", "bun"],
  ["bun.lockb", "bun"],
  ["yarn.lock", "yarn"],
  ["npm-shrinkwrap.json", "npm"],
  ["package-lock.json", "npm"],
];

/**
 * The package manager of a folder: what `packageManager` names, else whose lock file is there, else npm.
 *
 * @see Node.js documentation, "Corepack", field `packageManager`
 */
export function nodeManager(
  files: ProjectFiles,
  folder: string,
  manifest: Manifest,
): { readonly manager: Manager & { readonly name: NodeManagerName }; readonly evidence: readonly Evidence[] } {
  const named = /^(npm|yarn|pnpm|bun)@(\d+(?:\.\d+){0,2})/.exec(manifest.data.packageManager ?? "");
  const locks = LOCKS.filter(([lock]) => files.has(inFolder(folder, lock)));
  const [, name = locks[0]?.[1] ?? fallback(files, folder, manifest)] = (named ?? []) as (string | undefined)[];
  const lock = locks.find(([, owner]) => owner === name)?.[0];
  const version = named?.[2] ?? versionOf(name as NodeManagerName, files.read(inFolder(folder, lock ?? "none")) ?? "");
  const manager = { name: name as NodeManagerName, ...(version && { version }), ...(lock && { lock }) };
  return { manager, evidence: [evidenceOf(files, folder, manifest, manager, named !== null)] };
}

function fallback(files: ProjectFiles, folder: string, manifest: Manifest): NodeManagerName {
  if (/^bun\b/.test(manifest.script("start") ?? "")) return "bun";
  return files.has(inFolder(folder, "pnpm-workspace.yaml")) ? "pnpm" : "npm";
}

function evidenceOf(
  files: ProjectFiles,
  folder: string,
  manifest: Manifest,
  { name, lock }: Manager,
  named: boolean,
): Evidence {
  const without = lock ? "" : "; it has no lock file, so versions may differ from build to build";
  if (named) return { choice: "manager", ...manifest.at("packageManager"), reason: `names ${name}${without}` };
  if (lock) return { choice: "manager", file: inFolder(folder, lock), line: 1, reason: `is the lock file of ${name}` };
  if (name === "pnpm") {
    return {
      choice: "manager",
      ...found(files, inFolder(folder, "pnpm-workspace.yaml"), /./),
      reason: `is of pnpm${without}`,
    };
  }
  return { choice: "manager", reason: `${name === "bun" ? "bun starts the program" : "npm is the rule"}${without}` };
}

/** The release that wrote a lock file, as far as the file tells: others may not read it. */
function versionOf(name: NodeManagerName, lock: string): string | undefined {
  if (name === "pnpm") {
    const format = /^lockfileVersion:\s*['"]?([\d.]+)/m.exec(lock)?.[1];
    return format === undefined ? "10" : format.startsWith("5") ? "7" : format.startsWith("6") ? "8" : "10";
  }
  if (name === "yarn") return lock.includes("__metadata:") ? "4" : "1";
  return name === "bun" ? "1" : undefined;
}

/** Is this Yarn of the second kind (2 and newer), whose commands differ? */
export function isBerry({ name, version }: Manager): boolean {
  return name === "yarn" && version !== undefined && !version.startsWith("1");
}

/** Commands of a manager; nothing runs scripts of packages. */
export interface ManagerCommands {
  /** Packages that bring the manager into a node image; npm is there. */
  readonly setup?: string;
  readonly install: string;
  /** Takes the packages of development away. */
  readonly prune: string;
  /** Files besides manifest and lock that decide what is installed. */
  readonly reads: readonly string[];
}

/** How a manager installs exactly what the lock file says, and how it forgets what production does not need. */
export function commandsOf(manager: Manager): ManagerCommands {
  const { name, version = "latest", lock } = manager;
  if (name === "pnpm") {
    return {
      setup: `npm install --global --ignore-scripts pnpm@${version}`,
      install: `pnpm install ${lock ? "--frozen-lockfile " : ""}--ignore-scripts`,
      prune: `CI=true pnpm install --prod ${lock ? "--frozen-lockfile " : ""}--ignore-scripts`,
      reads: ["pnpm-workspace.yaml", ".npmrc", ".pnpmfile.cjs"],
    };
  }
  if (name === "yarn" && isBerry(manager)) {
    return {
      setup: `npm install --global --ignore-scripts @yarnpkg/cli-dist@${version}`,
      install: `yarn install ${lock ? "--immutable " : ""}--mode=skip-build`,
      prune: "yarn workspaces focus --production --all",
      reads: [".yarnrc.yml", ".npmrc"],
    };
  }
  if (name === "yarn") {
    const frozen = lock ? "--frozen-lockfile " : "";
    return {
      setup: `npm install --global --ignore-scripts yarn@${version}`,
      install: `yarn install ${frozen}--ignore-scripts --non-interactive`,
      prune: `yarn install --production ${frozen}--ignore-scripts --non-interactive`,
      reads: [".yarnrc", ".npmrc"],
    };
  }
  if (name === "bun") {
    const frozen = lock ? "--frozen-lockfile " : "";
    return {
      // Its own install script only puts the right binary in place: without it there is no bun.
      setup: `npm install --global --foreground-scripts bun@${version}`,
      install: `bun install ${frozen}--ignore-scripts`,
      prune: `rm -rf node_modules && bun install --production ${frozen}--ignore-scripts`,
      reads: ["bunfig.toml", ".npmrc"],
    };
  }
  return {
    install: lock ? "npm ci --ignore-scripts" : "npm install --ignore-scripts",
    prune: "npm prune --omit=dev --ignore-scripts",
    reads: [".npmrc"],
  };
}
