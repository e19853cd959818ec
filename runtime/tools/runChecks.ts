import { z } from "zod";
import { runChecks as runAll } from "../checks/runChecks.ts";
import { defineTool } from "./tool.ts";

export const runChecks = defineTool({
  name: "run_checks",
  description:
    "Installs, parses, tests, starts and scans the app in the sandbox. Returns what passed and what is wrong.",
  effect: "run",
  input: z.object({}),
  async run(_, { workspace, outcome, emit, signal }) {
    const report = await runAll(workspace, signal);
    outcome.findings.push(...report.findings);
    for (const message of report.warnings) emit({ type: "log", level: "warning", message, data: {} });
    for (const { check, message, path } of report.findings) {
      emit({ type: "log", level: "error", message: `${check}: ${message}`, data: path ? { path } : {} });
    }
    return report;
  },
});
