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
  const { paintFor, previewDetails } = await import("./openDisplay.ts");
  const question = paintFor(call)(`\nDo you want to perform this ${verb}?`, "prompt");
  for (;;) {
    const answer = readAnswer(await ask(call, `${question} yes / no / details [no]: `, verb));
    if (answer === "yes") return true;
    if (answer === "no")
      throw new EngineError(`confirmation declined, not proceeding with the ${verb}`, EXIT.cancelled);
    context.out(answer === "details" ? `\n${previewDetails(call)}` : "Please answer yes, no or details.\n");
  }
}

/** An interrupt at the question is an answer too. */
async function ask({ context }: CommandCall, question: string, verb: string): Promise<string> {
  try {
    return (await context.ask?.(question)) ?? "no";
  } catch (error) {
    context.out("\n");
    const message = `confirmation cancelled, not proceeding with the ${verb}`;
    throw new EngineError(message, EXIT.cancelled, { cause: error });
  }
}

/** Whole words or their first letters; nothing means no, as the real CLI's choice stands on `no`. */
function readAnswer(text: string): "yes" | "no" | "details" | "unclear" {
  const word = text.trim().toLowerCase();
  if (word === "") return "no";
  return (["yes", "no", "details"] as const).find((answer) => answer.startsWith(word)) ?? "unclear";
}
