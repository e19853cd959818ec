import { EngineError } from "../engineError.ts";
import type { CheckFailure } from "../plugins/provider.ts";
import type { Goal } from "./goal.ts";

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

/** What a provider's check refused, in the CLI's words. */
export function checkMessage(goal: Goal, failures: readonly CheckFailure[]): string {
  const lines = failures.map(({ property, reason }) => {
    const problem = `${goal.type} resource '${goal.name}' has a problem: ${reason}`;
    return property === "" ? problem : `${problem}. Examine values at '${goal.name}.${property}'.`;
  });
  return lines.join("\n");
}

/** The refusal to replace a protected resource, by itself or because of another. */
export function protectedReplacement(urn: string, because?: string): ResourceProblem {
  const part = because === undefined ? "\n" : ` as part of replacing "${because}" `;
  return new ResourceProblem(
    urn,
    `unable to replace resource "${urn}"${part}as it is currently marked for protection. To unprotect the resource, ` +
      "remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`",
  );
}
