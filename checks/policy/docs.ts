import { RULE_ROWS } from "./rules.ts";

/** The table of all rules for `docs/policies.md`, by service. */
export function rulesTable(): string {
  const groups = [...new Set(RULE_ROWS.map(({ group }) => group))];
  return groups.map((group) => `### ${group}\n\n${rowsOf(group)}`).join("\n\n");
}

function rowsOf(group: string): string {
  const rows = RULE_ROWS.filter((row) => row.group === group).map((row) => {
    const types = row.targets.map(({ type }) => `\`${type.replace(/^azure-native:|:index\/\w+/g, "")}\``);
    const properties = [...new Set(row.targets.flatMap((target) => target.properties))].map((path) => `\`${path}\``);
    const cells = [
      row.id,
      types.join(" "),
      properties.join(", "),
      row.mustBe,
      row.tier,
      row.notes ?? "",
      row.sources.join(", "),
    ];
    return `| ${cells.map(cell).join(" | ")} |`;
  });
  return [
    "| id | resource | property | must be | tier | notes | public rules of the same intent |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
