import { EngineError, EXIT } from "../engineError.ts";
import type { CommandCall } from "./command.ts";

/** Stops with exit 2 when nobody said yes and nobody can be asked. */
export function requireConsent({ flags, context }: CommandCall): void {
  if (context.ask || flags.on("yes") || flags.on("skip-preview") || flags.on("preview-only")) return;
  throw new EngineError(
    "--yes or --skip-preview or --preview-only must be passed in to proceed when running in non-interactive mode",
    EXIT.configuration,
  );
}

/**
 * Shows what would happen and asks, as a terminal user expects.
 *
 * @returns true to go on
 */
export async function confirm(call: CommandCall, verb: string, preview: () => Promise<number>): Promise<boolean> {
  const { flags, context } = call;
  if (flags.on("skip-preview")) return true;
  const code = await preview();
  if (code !== EXIT.ok) return false;
  if (flags.on("yes")) return true;
  const answer = (await context.ask?.(`\nDo you want to perform this ${verb}? (yes/no) `)) ?? "no";
  if (/^y(es)?$/i.test(answer.trim())) return true;
  throw new EngineError(`confirmation declined, not proceeding with the ${verb}`, EXIT.cancelled);
}
