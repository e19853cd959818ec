import { type AppSpec, type Profile, parseAppSpec } from "@devfactory/stacks/spec/index.ts";
import { parse } from "yaml";
import type { FileSet } from "../archive/fileSet.ts";
import { type DetectedService, detectServices, nameOf } from "../detect/detectProject.ts";
import { readManifest } from "../detect/manifest.ts";
import { projectFiles } from "../detect/projectFiles.ts";
import { AutomationError } from "../errors.ts";
import { sizedByProfile } from "./profileSizes.ts";

export const SPEC_FILES = ["devfactory.yaml", "devfactory.yml"] as const;

/** What somebody chose besides the files. */
export interface SpecChoices {
  readonly title?: string | undefined;
  readonly profile?: Profile | undefined;
  readonly region?: string | undefined;
  /** What is deployed already: name and region of an app never change. */
  readonly deployed?: Pick<AppSpec, "name" | "region"> | undefined;
}

export interface ProjectSpec {
  readonly spec: AppSpec;
  /** The document, or `detection`. */
  readonly from: (typeof SPEC_FILES)[number] | "detection";
  /** Of a detected project: its parts with the plan and the evidence of each. */
  readonly services: readonly DetectedService[];
}

/**
 * The app spec of a project: its `devfactory.yaml`, else one made of what detection finds.
 *
 * @throws {AutomationError} `SPEC_INVALID`, `PROJECT_UNKNOWN`, `PROJECT_UNSUPPORTED`
 */
export function readSpec(files: FileSet, choices: SpecChoices = {}): ProjectSpec {
  const file = SPEC_FILES.find((name) => files.has(name));
  const services = file ? [] : detectServices(projectFiles(files));
  const document = file ? readYaml(file, files) : detectedDocument(files, services, choices.title);
  const parsed = parseAppSpec(document);
  if (!parsed.ok) {
    const problems = parsed.problems.map(({ path, problem }) => `${path || "document"}: ${problem}`).join("; ");
    throw new AutomationError("SPEC_INVALID", { problems: file ? `${file}: ${problems}` : problems });
  }
  const { profile, region, deployed } = choices;
  const chosen = { ...(profile && { profile }), ...(region && { region }) };
  const kept = deployed && { name: deployed.name, region: deployed.region };
  const spec = sizedByProfile({ ...parsed.spec, ...chosen, ...kept }, document);
  return { spec, from: file ?? "detection", services };
}

function readYaml(file: string, files: FileSet): unknown {
  try {
    // Aliases that grow without end are refused (the "billion laughs").
    return parse(Buffer.from(files.get(file)?.content ?? []).toString("utf8"), { maxAliasCount: 50 });
  } catch (error) {
    const problem = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new AutomationError("SPEC_INVALID", { problems: `${file}: ${problem}` }, { cause: error });
  }
}

function detectedDocument(files: FileSet, services: readonly DetectedService[], title: string | undefined): unknown {
  const manifest = readManifest(projectFiles(files), ".")?.data.name?.replace(/^@[^/]*\//, "");
  const named = title ?? manifest ?? "app";
  return {
    version: 1,
    name: nameOf(named),
    title: named.slice(0, 80),
    services: services.map(({ name, source, plan }) => ({
      name,
      // Files behind a web server run in a container as a `web` service does.
      kind: plan.kind === "static" ? "web" : plan.kind,
      source,
      port: plan.port,
      health: plan.health,
    })),
  };
}
