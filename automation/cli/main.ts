import { createProgram } from "./program.ts";
import { exitCodeOf, explain } from "./showError.ts";

try {
  await createProgram().parseAsync();
} catch (error) {
  process.stderr.write(explain(error));
  process.exitCode = exitCodeOf(error);
}
