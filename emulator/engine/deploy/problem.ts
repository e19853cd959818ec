import { EngineError } from "../engineError.ts";
import type { CheckFailure } from "../plugins/provider.ts";
import type { Goal } from "./goal.ts";
import { isUnknown, maskSecrets, type Value } from "./values.ts";

/** A resource that cannot go on: the operation fails, the message names the resource. */
export class ResourceProblem extends Error {
  override readonly name = "ResourceProblem";
  readonly urn: string;

  constructor(urn: string, message: string) {
    super(message);
    this.urn = urn;
  }
}

/** For callers that must not see a bug as a resource's fault. */
export function problemOf(error: unknown, urn: string): ResourceProblem {
  if (error instanceof ResourceProblem) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ResourceProblem(error instanceof EngineError ? "" : urn, message);
}

/** What a provider's check refused, in the CLI's words (sdk/go/common/diag/errors.go, 2003 and 2004). */
export function checkMessage(goal: Goal, failures: readonly CheckFailure[]): string {
  const lines = failures.map(({ property, reason }) => {
    if (property === "") return `${goal.type} resource '${goal.name}' has a problem: ${reason}`;
    const value = shownValue(goal.inputs[property]);
    return `${goal.type} resource '${goal.name}': property ${property} value {${value}} has a problem: ${reason}`;
  });
  return lines.join("\n");
}

/** A value in one line; secrets stay hidden. */
function shownValue(value: Value | undefined): string {
  if (value === undefined) return "<nil>";
  if (isUnknown(value)) return "output<string>{}";
  const masked = maskSecrets(value);
  return typeof masked === "string" ? masked : JSON.stringify(masked);
}

/** The refusal to replace a protected resource, by itself or because of another. */
export function protectedReplacement(urn: string, because?: string): ResourceProblem {
  const command = because === undefined ? "" : `, or use the command:\n\`pulumi state unprotect "${urn}"\``;
  const part = because === undefined ? "\n" : ` as part of replacing "${because}" `;
  return new ResourceProblem(
    urn,
    `unable to replace resource "${urn}"${part}as it is currently marked for protection. To unprotect the resource, ` +
      `remove the \`protect\` flag from the resource in your Pulumi program and run \`pulumi up\`${command}`,
  );
}

/** What to say of a resource that now needs one that stays as it was, and that needs it. */
export function closesCircle(urn: string, other: string): string {
  return `Resource '${urn}' now depends on '${other}', which is not part of this operation and depends on it, in the state, itself or through others. Include both, or neither.`;
}
