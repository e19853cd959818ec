import type { Service } from "@devfactory/stacks/spec/index.ts";
import { type FileSet, under } from "../archive/fileSet.ts";
import { detectProject } from "../detect/detectProject.ts";
import { projectFiles } from "../detect/projectFiles.ts";
import { DOCKERIGNORE, generateDockerfile } from "./dockerfile.ts";

/** What an image is built from. */
export interface ImageSource {
  /** The build context. */
  readonly files: FileSet;
  /** Path of the Dockerfile in it. */
  readonly dockerfile: string;
}

/** Beside the project's files, whatever they are called. */
const GENERATED = ".devfactory.Dockerfile";

/**
 * The build context of a service and its Dockerfile: the project's own, or one made from the plan of its folder.
 *
 * @throws {AutomationError} `PROJECT_UNKNOWN`, `PROJECT_UNSUPPORTED`
 */
export function imageSource(files: FileSet, service: Pick<Service, "source" | "port">): ImageSource {
  const folder = service.source.replace(/^\.\//, "").replace(/\/+$/, "") || ".";
  const plan = detectProject(projectFiles(files), folder);
  const context = under(files, plan.context);
  if (plan.language === "dockerfile") return { files: context, dockerfile: "Dockerfile" };
  const file = (text: string) => ({ content: Buffer.from(text), executable: false });
  const ignore = context.has(".dockerignore") ? [] : [[".dockerignore", file(DOCKERIGNORE)] as const];
  const dockerfile = file(generateDockerfile(plan, service.port));
  return { files: new Map([...context, ...ignore, [GENERATED, dockerfile]]), dockerfile: GENERATED };
}
