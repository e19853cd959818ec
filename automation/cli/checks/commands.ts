import type { Command } from "commander";
import { addCost } from "./cost.ts";
import { addPlanCommand } from "./plan.ts";
import { addPolicyCommand } from "./policy.ts";
import { addPrCommand } from "./pr.ts";
import { addPreflightCommand } from "./preflight.ts";

/** Verbs that judge a plan on this machine, without the platform: each in a file of its own. */
export function addCheckCommands(program: Command): void {
  addPlanCommand(program);
  addPolicyCommand(program);
  addCost(program);
  addPreflightCommand(program);
  addPrCommand(program);
}
