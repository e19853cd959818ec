import type { Command } from "commander";
import { addCost } from "./cost.ts";

/** Verbs that judge a plan on this machine, without the platform: each in a file of its own. */
export function addCheckCommands(program: Command): void {
  addCost(program);
}
