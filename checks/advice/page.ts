import type { Advice } from "./entry.ts";

/** The catalogue as a page for people, in its own order. */
export function cataloguePage(rows: readonly Advice[]): string {
  const cell = (text: string) => text.replaceAll("|", "\\|");
  return [
    "# Errors and what to do",
    "",
    `What \`npx devfactory preflight\` and a failed deployment say: ${rows.length} errors of Azure and of Pulumi. This page is made from`,
    "`checks/advice`; `npx vitest run checks/advice -u` makes it again.",
    "",
    "| error | cause | what to do | option | source |",
    "| --- | --- | --- | --- | --- |",
    ...rows.map(
      ({ id, cause, fix, option = "", source }) =>
        `| ${[`\`${id}\``, cause, fix, option, source].map(cell).join(" | ")} |`,
    ),
    "",
  ].join("\n");
}
