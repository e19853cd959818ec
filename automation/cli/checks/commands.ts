import type { Command } from "commander";

/** Verbs that judge a plan on this machine, without the platform: each in a file of its own. */
export function addCheckCommands(_program: Command): void {}
