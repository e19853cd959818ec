import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { PlanError } from "./errors.ts";
import type { PlanDocument } from "./planDocument.ts";
import { type ProgramOptions, planProgram } from "./planProgram.ts";
import { planSpec } from "./planSpec.ts";

/**
 * What a folder would make: of an app (`devfactory.yaml`) or of a Pulumi program (`Pulumi.yaml`); the spec goes first.
 *
 * @throws {PlanError} `NOTHING_TO_PLAN` and those of both ways
 */
export async function planFolder(
  folder: string,
  options: ProgramOptions,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<PlanDocument> {
  const at = resolve(folder);
  const spec = join(at, "devfactory.yaml");
  if (existsSync(spec)) return planSpec(spec, environment);
  if (existsSync(join(at, "Pulumi.yaml"))) return planProgram(at, options, environment);
  throw new PlanError("NOTHING_TO_PLAN", { folder: at });
}
