import { type AppSpec, applyPreset, type Preset, problemsText } from "../spec/index.ts";
import { StackError } from "./errors.ts";
import type { Deployment } from "./settings.ts";

/**
 * The spec with the sizes of the preset in force, and on top those that the deployment sets itself.
 *
 * @throws {StackError} `SPEC_INVALID` for a preset that is not there, or a size that does not fit
 */
export function sizedSpec(spec: AppSpec, { preset, sizes }: Pick<Deployment, "preset" | "sizes">): AppSpec {
  const name = preset ?? spec.preset;
  const named = name === undefined ? undefined : spec.presets?.[name];
  if (name !== undefined && !named) {
    const names = Object.keys(spec.presets ?? {}).join(", ") || "none";
    throw new StackError("SPEC_INVALID", { problems: `preset no ${name}; there are: ${names}` });
  }
  const sized = named ? withSizes(spec, named) : spec;
  return sizes ? withSizes(sized, sizes) : sized;
}

function withSizes(spec: AppSpec, sizes: Preset): AppSpec {
  const applied = applyPreset(spec, sizes);
  if (applied.problems.length === 0) return applied.spec;
  const problems = applied.problems.map(({ path, message: problem, ...rest }) => ({
    path: path.join("."),
    problem,
    ...rest,
  }));
  throw new StackError("SPEC_INVALID", { problems: problemsText(problems) });
}
