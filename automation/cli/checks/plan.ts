import { CheckError } from "@devfactory/checks/index.ts";
import { PROFILES, type Profile } from "@devfactory/stacks/spec/index.ts";
import { type Command, Option } from "commander";
import type { PlanDocument } from "../../plan/planDocument.ts";
import { planFolder } from "../../plan/planFolder.ts";
import { planFromPreview } from "../../plan/previewFile.ts";
import { type OutputFormat, plain, print, printJson } from "../output.ts";

export interface PlanOptions {
  readonly fromPreview?: string;
  readonly stack?: string;
  readonly region?: string;
  readonly profile?: Profile;
}

/** `devfactory plan`: what would be made, on paper; `policy`, `cost`, `preflight` and `pr` read it. */
export function addPlanCommand(program: Command): void {
  withPlanOptions(program.command("plan [folder]").description("what would be made, without making it"))
    .addOption(new Option("-o, --output <format>", "how the plan is printed").choices(["text", "json"]).default("text"))
    .action(async (folder: string | undefined, options: PlanOptions & { readonly output: OutputFormat }) => {
      const plan = await readOrMakePlan(folder, options);
      if (options.output === "json") return printJson(plan);
      for (const line of planTable(plan)) print(line);
    });
}

/** The options with which every verb says which plan it means. */
export function withPlanOptions(command: Command): Command {
  return command
    .option("--from-preview <file>", "the output of `pulumi preview --json` instead of a folder")
    .option("--stack <name>", "stack of a Pulumi program")
    .option("--region <region>", "another Azure region than the folder's")
    .addOption(new Option("--profile <profile>", "another profile than the folder's").choices([...PROFILES]));
}

/**
 * The plan that a verb is about.
 *
 * @throws {CheckError} `PREVIEW_INVALID`, `PLAN_UNREADABLE`
 * @throws {PlanError} when a folder has no plan
 */
export async function readOrMakePlan(folder: string | undefined, options: PlanOptions): Promise<PlanDocument> {
  if (options.fromPreview === undefined) return planFolder(folder ?? ".", options, process.env);
  if (folder !== undefined) {
    throw new CheckError("PREVIEW_INVALID", { path: options.fromPreview, problem: "a folder is given too" });
  }
  return planFromPreview(options.fromPreview, options);
}

/** Resources by type and name, as a person reads them. */
export function planTable({ region, profile, resources, changes }: PlanDocument): readonly string[] {
  const operations = new Map(changes?.map(({ urn, operation }) => [urn, operation]));
  const rows = resources.map(({ urn, type, name }) => [type, name, changes ? (operations.get(urn) ?? "same") : ""]);
  const gone = (changes ?? [])
    .filter(({ operation }) => operation === "delete")
    .map((each) => [each.type, each.name, "delete"]);
  const sorted = [...rows, ...gone].sort((a, b) => a.join(" ").localeCompare(b.join(" ")));
  const [first, second] = [0, 1].map((column) => Math.max(0, ...sorted.map((row) => row[column]?.length ?? 0)));
  return [
    `${resources.length} resources in ${region}, profile ${profile}`,
    ...sorted.map(([type = "", name = "", operation = ""]) =>
      plain(`  ${type.padEnd(first ?? 0)}  ${name.padEnd(second ?? 0)}  ${operation}`).trimEnd(),
    ),
  ];
}
