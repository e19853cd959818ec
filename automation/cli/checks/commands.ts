import type { Command } from "commander";
import { addPlanCommand } from "./plan.ts";
import { addPrCommand } from "./pr.ts";
import { addPreflightCommand } from "./preflight.ts";

/** Verbs that judge a plan on this machine, without the platform: each in a file of its own. */
export function addCheckCommands(program: Command): void {
  addPlanCommand(program);
  addPreflightCommand(program);
  addPrCommand(program);
}
