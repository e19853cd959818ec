import { z } from "zod";
import { AutomationError } from "../errors.ts";
import { inFolder, lineOf, type ProjectFiles } from "./projectFiles.ts";

const Texts = z.record(z.string(), z.string()).catch({});

const PackageJson = z.object({
  name: z.string().optional().catch(undefined),
  type: z.string().optional().catch(undefined),
  main: z.string().optional().catch(undefined),
  packageManager: z.string().optional().catch(undefined),
  scripts: Texts.default({}),
  dependencies: Texts.default({}),
  devDependencies: Texts.default({}),
  workspaces: z
    .union([z.array(z.string()), z.object({ packages: z.array(z.string()) }).transform(({ packages }) => packages)])
    .optional()
    .catch(undefined),
});

/** A `package.json`, with the place of each fact in it. */
export class Manifest {
  readonly path: string;
  readonly #text: string;
  readonly data: z.infer<typeof PackageJson>;

  constructor(path: string, text: string, data: z.infer<typeof PackageJson>) {
    this.path = path;
    this.#text = text;
    this.data = data;
  }

  script(name: string): string | undefined {
    return this.data.scripts[name]?.trim() || undefined;
  }

  /** Version range of a package, whatever it is needed for. */
  dependency(name: string): string | undefined {
    return this.data.dependencies[name] ?? this.data.devDependencies[name];
  }

  /** Only needed to build and test. */
  isDevelopmentOnly(name: string): boolean {
    return this.data.devDependencies[name] !== undefined && this.data.dependencies[name] === undefined;
  }

  /** Where a key of the file stands. */
  at(key: string): { file: string; line?: number } {
    const line = lineOf(this.#text, `"${key}"`);
    return line === undefined ? { file: this.path } : { file: this.path, line };
  }
}

/**
 * Reads the `package.json` of a folder.
 *
 * @throws {AutomationError} `PROJECT_UNSUPPORTED` when it is no JSON object
 */
export function readManifest(files: ProjectFiles, folder: string): Manifest | undefined {
  const path = inFolder(folder, "package.json");
  const text = files.read(path);
  if (text === undefined) return undefined;
  const parsed = PackageJson.safeParse(parseJson(text));
  if (parsed.success) return new Manifest(path, text, parsed.data);
  throw new AutomationError("PROJECT_UNSUPPORTED", {
    problem: `${path} is not a JSON object`,
    way: "Correct it; `npm pkg get name` says where it breaks.",
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    return undefined;
  }
}
