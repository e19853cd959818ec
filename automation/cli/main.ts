import { createProgram } from "./program.ts";
import { exitCodeOf, explain } from "./showError.ts";

// Whoever reads a part of it alone (`| head`) has what was wanted.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

try {
  await createProgram().parseAsync();
} catch (error) {
  process.stderr.write(explain(error));
  process.exitCode = exitCodeOf(error);
}
