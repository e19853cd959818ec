import { parse } from "yaml";
import { z } from "zod";
import { readManifest } from "./manifest.ts";
import { inFolder, type ProjectFiles } from "./projectFiles.ts";

const PnpmWorkspace = z.object({ packages: z.array(z.string()).default([]) }).catch({ packages: [] });

/** A repository of several packages that are installed together. */
export interface Workspace {
  /** Folder of its manifest. */
  readonly root: string;
  /** Folders of its packages, relative to the root, sorted. */
  readonly packages: readonly string[];
}

/** The workspace whose root a folder is. */
export function workspaceAt(files: ProjectFiles, root: string): Workspace | undefined {
  const patterns = patternsAt(files, root);
  if (patterns.length === 0) return undefined;
  const prefix = root === "." ? "" : `${root}/`;
  const folders = files.paths
    .filter((path) => path.startsWith(prefix) && path.endsWith("/package.json"))
    .map((path) => path.slice(prefix.length, -"/package.json".length))
    .filter((folder) => folder !== "" && !folder.split("/").includes("node_modules"));
  return { root, packages: folders.filter((folder) => matches(folder, patterns)).sort() };
}

/** The workspace that a folder is a package of: the nearest root above it that names it. */
export function workspaceOf(files: ProjectFiles, folder: string): Workspace | undefined {
  const parts = folder === "." ? [] : folder.split("/");
  for (let depth = parts.length - 1; depth >= 0; depth--) {
    const root = parts.slice(0, depth).join("/") || ".";
    const workspace = workspaceAt(files, root);
    if (workspace?.packages.includes(parts.slice(depth).join("/"))) return workspace;
  }
  return undefined;
}

function patternsAt(files: ProjectFiles, root: string): readonly string[] {
  const pnpm = files.read(inFolder(root, "pnpm-workspace.yaml"));
  const fromPnpm = pnpm === undefined ? [] : PnpmWorkspace.parse(yaml(pnpm)).packages;
  return [...fromPnpm, ...(readManifest(files, root)?.data.workspaces ?? [])];
}

function yaml(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

/** `apps/*`, `packages/**`, `!packages/old`: later patterns win. */
function matches(folder: string, patterns: readonly string[]): boolean {
  return patterns.reduce((chosen, pattern) => {
    const negative = pattern.startsWith("!");
    const glob = pattern.replace(/^!/, "").replace(/^\.\//, "").replace(/\/+$/, "");
    const source = glob
      .split("/")
      .map((part) => (part === "**" ? ".*" : part.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[^/]*")))
      .join("/")
      .replaceAll("/.*", "(?:/.*)?");
    return new RegExp(`^${source}$`).test(folder) ? !negative : chosen;
  }, false);
}
