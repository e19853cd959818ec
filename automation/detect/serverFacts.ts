import type { Evidence } from "./plan.ts";
import { inFolder, lineOf, type ProjectFiles } from "./projectFiles.ts";

/** What the platform gives a server in `PORT`. */
export const DEFAULT_PORT = 8080;

interface Patterns {
  readonly source: RegExp;
  /** Reads the port from the environment. */
  readonly port: RegExp;
  /** A port written into the code; the number is the first group that matched. */
  readonly fixedPort: RegExp;
  /** A GET route; its path is the first group that matched. */
  readonly route: RegExp;
}

const NODE: Patterns = {
  source: /\.(c|m)?[jt]sx?$/,
  port: /\b(?:process\.env|Bun\.env|env)(?:\.PORT\b|\[["']PORT["']\])|getenv\(["']PORT["']\)/,
  fixedPort: /\.listen\(\s*(\d{2,5})\b|\bport:\s*(\d{2,5})\b/,
  route:
    /\.get\(\s*["'`](\/[^"'`]*)["'`]|@Get\(\s*["'`]([^"'`]*)["'`]|(?:\.url|pathname)\s*===?\s*["'`](\/[^"'`]*)["'`]/g,
};

const PYTHON: Patterns = {
  source: /\.py$/,
  port: /environ(?:\.get)?[[(]\s*["']PORT["']/,
  fixedPort: /\bport\s*=\s*(\d{2,5})\b/,
  route: /\.(?:get|route)\(\s*["'](\/[^"']*)["']|\bpath\(\s*["']([^"']*)["']/g,
};

/** Not the program: tests, tools, and the code of the browser. */
const ASIDE =
  /(^|\/)(node_modules|dist|build|test|tests|__tests__|e2e|public|static|migrations)\/|\.(test|spec|config|d)\.[cm]?[jt]s$/;
const MOST_FILES = 300;
/** Paths that say by their name that they tell the state of the server. */
const HEALTH = ["/health", "/healthz", "/api/health", "/health/live", "/livez", "/ping", "/status"];

/** Where a server listens: what it reads from the environment gets 8080, a number in the code stays. */
export function portOf(
  files: ProjectFiles,
  folder: string,
  language: "node" | "python",
): { port: number; evidence: Evidence } {
  const patterns = language === "node" ? NODE : PYTHON;
  const sources = sourcesOf(files, folder, patterns);
  for (const { path, text } of sources) {
    const line = lineOf(text, patterns.port);
    if (line !== undefined) {
      return {
        port: DEFAULT_PORT,
        evidence: { choice: "port", file: path, line, reason: "reads PORT from the environment" },
      };
    }
  }
  for (const { path, text } of sources) {
    const match = patterns.fixedPort.exec(text);
    const port = Number(match?.[1] ?? match?.[2]);
    if (match && port > 0 && port <= 65_535) {
      const line = text.slice(0, match.index).split("\n").length;
      return { port, evidence: { choice: "port", file: path, line, reason: `listens on ${port} whatever PORT says` } };
    }
  }
  return {
    port: DEFAULT_PORT,
    evidence: { choice: "port", reason: `PORT is ${DEFAULT_PORT}, unless the spec says another` },
  };
}

/** A path that answers 200: one that is named for it, else the root, else the first route without a parameter. */
export function healthOf(
  files: ProjectFiles,
  folder: string,
  language: "node" | "python",
): { health: string; evidence: Evidence } {
  const routes = routesOf(files, folder, language === "node" ? NODE : PYTHON);
  const plain = routes.filter(({ path }) => !/[:*{<(]/.test(path));
  const chosen =
    HEALTH.map((path) => plain.find((route) => route.path === path)).find((route) => route !== undefined) ??
    plain.find(({ path }) => path === "/") ??
    plain[0];
  if (!chosen) return { health: "/", evidence: { choice: "health", reason: "the root must answer 200" } };
  const { path, file, line } = chosen;
  return { health: path, evidence: { choice: "health", file, line, reason: `answers ${path}` } };
}

interface Route {
  readonly path: string;
  readonly file: string;
  readonly line: number;
}

function routesOf(files: ProjectFiles, folder: string, patterns: Patterns): readonly Route[] {
  return sourcesOf(files, folder, patterns).flatMap(({ path: file, text }) =>
    [...text.matchAll(patterns.route)].map((match) => {
      const given = match[1] ?? match[2] ?? match[3] ?? "";
      const path = given.startsWith("/") ? given : `/${given}`;
      return { path, file, line: text.slice(0, match.index).split("\n").length };
    }),
  );
}

/** Source files, those nearest to the root first: that is where programs begin. */
function sourcesOf(
  files: ProjectFiles,
  folder: string,
  { source }: Patterns,
): readonly { path: string; text: string }[] {
  const prefix = folder === "." ? "" : inFolder(folder, "");
  return files.paths
    .filter((path) => path.startsWith(prefix) && source.test(path) && !ASIDE.test(path.slice(prefix.length)))
    .sort((a, b) => a.split("/").length - b.split("/").length || (a < b ? -1 : 1))
    .slice(0, MOST_FILES)
    .flatMap((path) => {
      const text = files.read(path);
      return text === undefined ? [] : [{ path, text }];
    });
}
