import type { Command } from "commander";
import type { AbandonedView, ApiClient } from "../client/apiClient.ts";
import { type OutputFormat, print, printJson } from "./output.ts";

const WHAT = {
  group: "resource group without its app",
  stack: "stack without its app",
  app: "live app without its stack",
} as const satisfies Record<AbandonedView["kind"], string>;

/** `abandoned`. @param verb makes a command with the options that all verbs share */
export function addAbandonedCommand<T extends { readonly output: OutputFormat }>(
  program: Command,
  verb: (parent: Command, usage: string, description: string) => Command,
  connect: (options: T) => ApiClient,
): void {
  verb(program, "abandoned", "what apps left behind on Azure and in the state store (operators)").action(
    async (options: T) => {
      const findings = await connect(options).abandoned();
      if (options.output === "json") return printJson({ findings });
      for (const finding of findings) print(abandonedLine(finding));
      if (findings.length === 0) print("Nothing was left behind.");
    },
  );
}

/** What a person reads of a finding. */
export function abandonedLine({ kind, name, appId, expiresAt, firstSeenAt }: AbandonedView): string {
  const end = expiresAt === undefined ? "stays until somebody removes it" : `expires ${expiresAt}`;
  return `${name}  ${WHAT[kind]} ${appId}, seen since ${firstSeenAt}, ${kind === "group" ? end : "for a person to look at"}`;
}
