import type { Command } from "commander";
import { policyCommand } from "./policy.ts";

/** Verbs that judge a plan on this machine, without the platform: each in a file of its own. */
export function addCheckCommands(program: Command): void {
  program.addCommand(policyCommand());
}
