import { ApiError } from "../client/apiClient.ts";
import { CliError } from "./cliError.ts";

/** An error that a person can mend, as text: what happened, which fields, the way out. Others are bugs and thrown on. */
export function explain(error: unknown): string {
  if (error instanceof CliError) return `error: ${error.message}\n  ${error.advice}\n`;
  if (error instanceof ApiError) {
    const fields = error.errors.map(({ path, problem }) => `\n  ${path}: ${problem}`).join("");
    return `error: ${error.message}${fields}\n  ${error.fix}\n`;
  }
  if (error instanceof TypeError && error.message === "fetch failed") {
    return "error: The platform does not answer.\n  Is it running? Start it with `npm start`.\n";
  }
  throw error;
}
