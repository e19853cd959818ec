import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";

/** Which packages each package may import; `stacks/spec` is a package of its own here. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  components: [],
  "stacks/spec": [],
  stacks: ["components", "stacks/spec"],
  checks: [],
  runtime: ["stacks/spec"],
  automation: ["stacks", "stacks/spec", "runtime", "checks", "components"],
  emulator: [],
  dashboard: [],
  blueprints: [],
};
/** May import anything: they tie packages together or test them. */
const FREE = ["test", "bench", "scripts", "."];
/** What one file of the platform alone may use; the stand-ins' tests ask them as any client does. */
const ONLY_IN: readonly { readonly what: RegExp; readonly file: string; readonly why: string }[] = [
  {
    what: /^@azure\/keyvault-/,
    file: join("automation", "orchestrator", "keyVaultHelper.ts"),
    why: "secrets are reached through automation/orchestrator/keyVaultHelper.ts alone",
  },
];
/** The stand-ins' own tests may read the platform's pages, nothing more; no production file may name the emulator. */
const IMPORT =
  /(?:^|\s)(?:import|export)\s[^;]*?from\s+["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)|^import\s+["']([^"']+)["']/gm;

export interface Violation {
  readonly file: string;
  readonly target: string;
  readonly message: string;
}

/** Finds imports that go against the arrows of the design. @param root the checkout */
export function findViolations(root: string): Violation[] {
  return sourceFiles(root).flatMap((file) => {
    const from = packageOf(relative(root, file));
    if (FREE.includes(from)) return [];
    const specifiers = importsOf(readFileSync(file, "utf8"));
    const path = relative(root, file);
    const strays = ONLY_IN.flatMap(({ what, file: only, why }) =>
      specifiers.flatMap((each) =>
        from !== "emulator" && path !== only && what.test(each) ? [{ file: path, target: each, message: why }] : [],
      ),
    );
    const crossings = specifiers
      .map((specifier) => targetOf(root, file, specifier))
      .filter((target) => target !== undefined)
      .filter((target) => !isAllowed(from, target))
      .map((target) => ({ file: path, target, message: `${from} may not import ${target}` }));
    return [...strays, ...crossings];
  });
}

export function importsOf(source: string): string[] {
  return [...source.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
}

function isAllowed(from: string, target: string): boolean {
  if (from === target) return true;
  return MAY_IMPORT[from]?.includes(target) ?? false;
}

function targetOf(root: string, file: string, specifier: string): string | undefined {
  if (specifier.startsWith("@devfactory/")) return packageOf(specifier.slice("@devfactory/".length));
  if (specifier.startsWith(".")) return packageOf(relative(root, join(dirname(file), specifier)));
  return undefined;
}

function packageOf(path: string): string {
  const [first = ".", second] = path.split(sep);
  if (first === "stacks" && second === "spec") return "stacks/spec";
  return path.includes(sep) || first in MAY_IMPORT ? first : ".";
}

/** Every TypeScript file that git would see: no dependencies, data or fixtures. */
export function sourceFiles(root: string): string[] {
  const skip = new Set(["node_modules", "dist", "fixtures", "templates"]);
  const walk = (folder: string): string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      if (entry.name.startsWith(".") || skip.has(entry.name)) return [];
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return walk(path);
      return /\.(ts|tsx)$/.test(entry.name) ? [path] : [];
    });
  return walk(root);
}
