import { writeFileSync } from "node:fs";
import {
  CheckError,
  CostDocument,
  diffEstimates,
  type Estimate,
  estimate,
  GuardrailSchema,
  PastDocument,
  readJsonFile,
  renderEstimate,
  renderUsageFile,
  USAGE_PROFILES,
  USER_COUNTS,
  type UsageFile,
  type UsageProfile,
  usageForUsers,
  usageRows,
} from "@devfactory/checks/index.ts";
import { PROFILES, type Profile } from "@devfactory/stacks/spec/index.ts";
import { type Command, InvalidArgumentError, Option } from "commander";
import { z } from "zod";
import { planFolder } from "../../plan/planFolder.ts";
import { type OutputFormat, print, printJson } from "../output.ts";
import { askedTable, estimateRows, rowsOf, showTable, usageBeside } from "./costFolder.ts";
import { addRefresh } from "./costRefresh.ts";
import { readUsageFile, warnOfKeys } from "./usageFile.ts";

interface CostOptions {
  readonly input?: string;
  readonly output: OutputFormat;
  readonly region?: string;
  readonly usage?: string;
  readonly users?: readonly number[];
  readonly usageProfile?: UsageProfile;
  readonly profile?: Profile;
  readonly stack?: string;
  readonly row?: string;
  readonly past?: string;
  readonly budget?: number;
  readonly guardrails?: string;
  readonly strict: boolean;
}

/** `cost` estimates a plan; below it `usage` writes a usage file and `refresh` brings the price book up to date. */
export function addCost(program: Command): void {
  const cost = program
    .enablePositionalOptions() // options of `cost` are its own, not those of `usage` and `refresh`
    .command("cost [folder]")
    .description("what a folder or a plan costs a month on Azure, before tax")
    .option("-i, --input <file>", "a plan with usage, or the output of `pulumi preview --json`, instead of a folder")
    .addOption(output())
    .option("--region <region>", "where what names no location runs; wins over the file's")
    .option("--usage <file>", "usage file, YAML or JSON")
    .option("--stack <name>", "stack of a folder with a Pulumi program")
    .addOption(new Option("--profile <profile>", "another profile than the folder's").choices([...PROFILES]))
    .option("--users <counts>", `usage by number of users, one or several of ${USER_COUNTS.join(",")}`)
    .addOption(
      new Option("--usage-profile <profile>", "how the users use it: app by default").choices([...USAGE_PROFILES]),
    )
    .option("--row <name>", "one row of the folder's costs.yaml, with all its parts")
    .option("--past <file>", "an estimate or a plan from before: shows what changes")
    .option("--budget <usd>", "blocks when the month costs more", amount)
    .option("--guardrails <file>", "a JSON list of guardrails")
    .option("--strict", "fail when something has no price or is not supported", false)
    .action(showCost);
  cost
    .command("usage")
    .description("write a usage file for a plan: what is not told yet stands there as a comment")
    .option("-i, --input <file>", "a plan, or the output of `pulumi preview --json`")
    .option("--usage <file>", "a usage file whose values are kept")
    .option("--out <file>", "where it is written instead of to the terminal")
    .addOption(output())
    .action((options: UsageOptions, command: Command) => writeUsage(options, command));
  addRefresh(cost);
}

function output(): Option {
  return new Option("-o, --output <format>", "how the result is printed").choices(["text", "json"]).default("text");
}

function amount(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError("It must be 0 or more.");
  return value;
}

/** Users are told by numbers for which the profiles have constants. */
function userCounts(text: string, command: Command): readonly number[] {
  const counts = text.split(",").map((each) => USER_COUNTS.find((count) => String(count) === each.trim()));
  if (counts.every((each) => each !== undefined)) return counts.flatMap((each) => each ?? []);
  return command.error(`error: --users takes ${USER_COUNTS.join(", ")}, with commas between several`, { exitCode: 2 });
}

async function showCost(
  folder: string | undefined,
  { users, ...given }: Omit<CostOptions, "users"> & { readonly users?: string },
  command: Command,
): Promise<void> {
  const now = new Date();
  const options: CostOptions = { ...given, ...(users !== undefined && { users: userCounts(users, command) }) };
  if (folder !== undefined && options.input !== undefined)
    throw new CheckError("COST_INPUT_INVALID", { path: options.input, problem: "a folder is given too" });
  if (folder === undefined) {
    if ((options.users ?? []).length > 1) command.error("error: a table of users needs a folder", { exitCode: 2 });
    return showEstimate(readInput(required(options.input, command), options), options, now);
  }
  const question = { ...options, folder };
  const table = askedTable(question);
  if (!table) {
    const plan = await planFolder(folder, question, process.env);
    const { region, resources, budgetMonthlyUsd } = plan;
    const input = { region, resources, usage: usageBeside(question) };
    return showEstimate(
      input,
      { ...options, ...((options.budget ?? budgetMonthlyUsd) ? { budget: options.budget ?? budgetMonthlyUsd } : {}) },
      now,
    );
  }
  const results = await estimateRows(question, table, now);
  const [first] = results;
  if (options.row !== undefined && first) return show(first.estimate, [], options, now);
  const rows = rowsOf(results, table);
  if (first) showTable(rows, table, first.plan, options.output === "json");
  if (results.some(({ estimate: result }) => failed(result, options.strict))) process.exitCode = 1;
}

/** What is estimated: a plan with its usage. */
interface Input extends Pick<z.output<typeof CostDocument>, "resources" | "grants" | "guardrails"> {
  readonly region: string;
  /** From the most general to the most specific, without that of users. */
  readonly usage: readonly UsageFile[];
}

function readInput(path: string, options: CostOptions): Input {
  const input = readJsonFile(path, CostDocument, "COST_INPUT_INVALID");
  const region = options.region ?? input.region;
  if (region === undefined) throw new CheckError("COST_REGION_MISSING", { path });
  warnOfUnknownKeys(path);
  return { ...input, region, usage: options.usage === undefined ? [] : [readUsageFile(options.usage)] };
}

function showEstimate(
  { resources, region, grants, guardrails = [], usage }: Input,
  options: CostOptions,
  now: Date,
): void {
  const same = { ...usersOf(options, usage), region, now, ...(grants && { grants }) };
  const past = options.past === undefined ? undefined : pastEstimate(options.past, same);
  const rules = options.guardrails ? readJsonFile(options.guardrails, Guardrails, "GUARDRAILS_INVALID") : [];
  const result = estimate({
    ...same,
    resources,
    ...(past && { past }),
    ...(options.budget !== undefined && { budgetMonthlyUsd: options.budget }),
    guardrails: [...guardrails, ...rules].map(({ name, ...rule }) => ({ ...rule, ...(name && { name }) })),
  });
  show(result, past ? diffEstimates(past, result) : [], options, now);
}

function show(
  result: Estimate,
  diff: ReturnType<typeof diffEstimates>,
  { output: format, strict }: CostOptions,
  now: Date,
): void {
  if (format === "json") printJson(result);
  else print(renderEstimate(result, diff, now));
  if (failed(result, strict)) process.exitCode = 1;
}

const Guardrails = z.array(GuardrailSchema);

function required(path: string | undefined, command: Command): string {
  return path ?? command.error("error: option '-i, --input <file>' is missing", { exitCode: 2 });
}

function usersOf({ users: [users] = [], usageProfile = "app" }: CostOptions, usage: readonly UsageFile[]) {
  if (users === undefined) return { usage };
  const title = `${usageProfile}, ${users} ${users === 1 ? "user" : "users"}`;
  return { usage: [usageForUsers(users, usageProfile), ...usage], usageProfile: title };
}

/** A plan from before is estimated like the new one, with its own region and grants where it names them. */
function pastEstimate(path: string, same: Omit<Parameters<typeof estimate>[0], "resources">): Estimate {
  const document = readJsonFile(path, PastDocument, "COST_INPUT_INVALID");
  if ("totalMonthlyCost" in document) return document;
  const { region = same.region, resources, grants } = document;
  return estimate({ ...same, region, resources, ...(grants && { grants }) });
}

function failed({ summary, guardrails }: Estimate, strict: boolean): boolean {
  const incomplete = summary.unpriced > 0 || Object.keys(summary.unsupported).length > 0;
  return (strict && incomplete) || guardrails.some(({ result }) => result === "block");
}

const Named = z.object({ resources: z.array(z.object({ name: z.string(), usage: z.unknown() })).catch([]) });

function warnOfUnknownKeys(path: string): void {
  for (const { name, usage } of readJsonFile(path, Named, "COST_INPUT_INVALID").resources) warnOfKeys(name, usage);
}

interface UsageOptions {
  readonly input?: string;
  readonly usage?: string;
  readonly out?: string;
  readonly output: OutputFormat;
}

function writeUsage({ input, usage, out, output: format }: UsageOptions, command: Command): void {
  const plan = readJsonFile(required(input, command), CostDocument, "COST_INPUT_INVALID");
  const rows = usageRows(plan.resources, usage === undefined ? [] : [readUsageFile(usage)]);
  const text = format === "json" ? `${JSON.stringify(asJson(rows), null, 2)}\n` : renderUsageFile(rows);
  if (out === undefined) process.stdout.write(text);
  else writeFileSync(out, text);
}

/** JSON has no comments: what is not told is null. */
function asJson(rows: ReturnType<typeof usageRows>) {
  const told = rows.map(({ name, keys }) => [
    name,
    Object.fromEntries(keys.map(({ key, value }) => [key, value ?? null])),
  ]);
  return { version: "0.1", resource_usage: Object.fromEntries(told) };
}
