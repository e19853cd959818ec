import { CliError } from "./cliError.ts";
import { createProgram } from "./program.ts";

try {
  await createProgram().parseAsync();
} catch (error) {
  if (!(error instanceof CliError)) throw error;
  process.stderr.write(`error: ${error.message}\n${error.advice ? `  ${error.advice}\n` : ""}`);
  process.exitCode = 1;
}
