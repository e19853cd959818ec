import { EngineError } from "../engineError.ts";

/** The name of a stack in all its parts; the organization of a file backend is always `organization`. */
export interface StackReference {
  readonly project: string;
  readonly name: string;
}

export const ORGANIZATION = "organization";
const NAME = /^[A-Za-z0-9_.-]{1,100}$/;

/** `organization/PROJECT/STACK`. */
export function fullName(stack: StackReference): string {
  return `${ORGANIZATION}/${stack.project}/${stack.name}`;
}

/**
 * Reads `s`, `organization/s` or `organization/p/s`.
 *
 * @param project the project of the current folder, for the forms that name none
 * @throws EngineError for other forms and for characters outside `[A-Za-z0-9_.-]`
 */
export function parseStackReference(text: string, project: string | undefined): StackReference {
  const parts = text.split("/");
  const name = parts.at(-1) ?? "";
  const owner = parts.length === 3 ? parts[1] : project;
  if (parts.length > 3) throw new EngineError(`could not parse stack reference '${text}'`);
  if (parts.length > 1 && parts[0] !== ORGANIZATION) {
    throw new EngineError("organization name must be 'organization'");
  }
  if (!NAME.test(name)) {
    throw new EngineError(
      "a stack name may only contain alphanumeric, hyphens, underscores, or periods: " +
        `invalid character in '${name}'`,
    );
  }
  if (owner === undefined) {
    throw new EngineError(
      `if you're using the --stack flag, pass the fully qualified name (organization/project/${name}); no Pulumi.yaml project file found`,
    );
  }
  if (!NAME.test(owner)) throw new EngineError(`invalid project name '${owner}'`);
  return { project: owner, name };
}
