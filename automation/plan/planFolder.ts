import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { PlanError } from "./errors.ts";
import type { PlanDocument } from "./planDocument.ts";
import { PLATFORM, planPlatform } from "./planPlatform.ts";
import type { ProgramOptions } from "./planProgram.ts";
import { planSpec, type SpecChange } from "./planSpec.ts";

/** What is planned otherwise than the folder says; `stack` is of a Pulumi program, presets and sizes are of an app. */
export type FolderOptions = ProgramOptions & SpecChange;

/**
 * What a folder would make: of an app (`devfactory.yaml`), of the platform (`stacks/platform` of this checkout) or of a Pulumi program
 * (`Pulumi.yaml`); the spec goes first.
 *
 * @throws {PlanError} `NOTHING_TO_PLAN` and those of both ways
 */
export async function planFolder(
  folder: string,
  options: FolderOptions,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<PlanDocument> {
  const at = resolve(folder);
  const spec = join(at, "devfactory.yaml");
  if (existsSync(spec)) return planSpec(spec, environment, options);
  if (at === PLATFORM) return planPlatform(options, environment);
  if (existsSync(join(at, "Pulumi.yaml"))) {
    const { planProgram } = await import("./planProgram.ts"); // Pulumi's SDK takes as long to load as all else
    return planProgram(at, options, environment);
  }
  throw new PlanError("NOTHING_TO_PLAN", { folder: at });
}
