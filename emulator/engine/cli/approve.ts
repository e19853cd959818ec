import { EngineError, EXIT } from "../engineError.ts";
import type { CommandCall } from "./command.ts";

/**
 * Asks before something that cannot be undone; `--yes` answers.
 *
 * @param goesOn tells the answer that goes on; `yes` unless given
 * @throws EngineError when nobody can be asked (exit 2) or the answer is another (exit 8)
 */
export async function approve(
  { context, flags }: CommandCall,
  question: string,
  goesOn = (answer: string) => /^y(es)?$/i.test(answer),
): Promise<void> {
  if (flags.on("yes")) return;
  if (!context.ask) {
    const message = "--yes must be passed in to proceed when running in non-interactive mode";
    throw new EngineError(message, EXIT.configuration);
  }
  const answer = await context.ask(question);
  if (!goesOn(answer.trim())) throw new EngineError("confirmation declined", EXIT.cancelled);
}
