const LAST_LINES = 30;
const LONGEST_LINE = 500;

/** What the log of a failed build says, and the way out; the first row that matches. Texts of npm 11, pnpm 10, Yarn 4, pip 26, uv, tsc, Docker. */
const ROWS: readonly (readonly [RegExp, string])[] = [
  [
    /npm ci.*(can only install|in sync)|`npm ci` can only|Missing: .* from lock file/i,
    "package.json and the lock file do not agree: run `npm install` and bring both.",
  ],
  [
    /ERR_PNPM_OUTDATED_LOCKFILE|lockfile would have been modified|frozen-lockfile|lockfile had changes/i,
    "The lock file is out of date: run the package manager's install and bring the new lock file.",
  ],
  [/ERESOLVE/, "Two packages want different versions of a third: `npm ls` shows which; change their versions."],
  [
    /E404|ERR_PNPM_FETCH_404|404 Not Found/,
    "A package is not in the registry: check its name and version, and that it is public.",
  ],
  [/Missing script: "?build/i, "package.json has no build script: add one, or take the folder out of the spec."],
  [
    /Unsupported engine|EBADENGINE|asks for another$/m,
    "The project asks for another version of Node: images have Node 24.",
  ],
  [
    /this machine has no Python 3/,
    "Install Python where the local platform runs (Debian: `apt-get install python3 python3-venv`), or deploy to Azure.",
  ],
  [
    /No matching distribution found|has no usable wheels|has no `?wheel|building source distributions is disabled/i,
    "A Python package is not in the index in that version, or only as source, whose build script does not run here: check its name and version, or bring a Dockerfile.",
  ],
  [
    /requires a different Python|requires-python|Python version .* is not (allowed|supported)/i,
    "The project asks for another Python version: images have Python 3.13 (locally, what this machine has: the log's first lines say which).",
  ],
  [
    /ModuleNotFoundError: No module named/,
    "A Python module is imported that is not there: add its package to the requirements, or check that it was uploaded (.devfactoryignore).",
  ],
  [
    /the image \S+ is not available/,
    "The local platform knows only node, python, nginx and its own images: deploy to Azure for others.",
  ],
  [/error TS\d+/, "The TypeScript compiler found errors: `npx tsc --noEmit` shows them on your machine."],
  [
    /Cannot find (module|package)|MODULE_NOT_FOUND|Module not found/,
    "A package or file is imported that is not there: add it to dependencies, or check that it was uploaded (.devfactoryignore).",
  ],
  [
    /JavaScript heap out of memory|SIGKILL/,
    "The build needs more memory than it has: split it, or build with fewer workers.",
  ],
  [
    /node-gyp|install script/i,
    "A package is compiled when it is installed, and scripts of packages do not run: bring a Dockerfile.",
  ],
  [
    /failed to find .* in context|is not in the build context|no such file/i,
    "A file that the build copies is not there: check that it was uploaded.",
  ],
];

/** The way out of a failed build, when its log is known. */
export function buildAdvice(log: string): string | undefined {
  return ROWS.find(([pattern]) => pattern.test(log))?.[1];
}

/** The end of a log, for people: no control characters, no empty lines. */
export function lastLines(log: string): readonly string[] {
  return log
    .split(/\r?\n|\r/)
    .map((line) => line.replace(ESCAPES, "").replace(CONTROLS, "").slice(0, LONGEST_LINE).trimEnd())
    .filter((line) => line !== "")
    .slice(-LAST_LINES);
}

const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]`, "g");
const CONTROLS = /\p{Cc}/gu;
