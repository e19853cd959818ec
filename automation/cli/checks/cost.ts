import { readFileSync, writeFileSync } from "node:fs";
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
  toUsageFile,
  USAGE_PROFILES,
  USER_COUNTS,
  type UsageFile,
  UsageFileSchema,
  type UsageProfile,
  unknownKeys,
  usageForUsers,
  usageRows,
} from "@devfactory/checks/index.ts";
import { type Command, InvalidArgumentError, Option } from "commander";
import { parse } from "yaml";
import { z } from "zod";
import { type OutputFormat, print, printJson, say } from "../output.ts";
import { addRefresh } from "./costRefresh.ts";

interface CostOptions {
  readonly input?: string;
  readonly output: OutputFormat;
  readonly region?: string;
  readonly usage?: string;
  readonly users?: string;
  readonly usageProfile: UsageProfile;
  readonly past?: string;
  readonly budget?: number;
  readonly guardrails?: string;
  readonly strict: boolean;
}

/** `cost` estimates a plan; below it `usage` writes a usage file and `refresh` brings the price book up to date. */
export function addCost(program: Command): void {
  const cost = program
    .enablePositionalOptions() // options of `cost` are its own, not those of `usage` and `refresh`
    .command("cost")
    .description("what a plan costs a month on Azure, before tax")
    .option("-i, --input <file>", "a plan with usage, or the output of `pulumi preview --json`")
    .addOption(output())
    .option("--region <region>", "where what names no location runs; wins over the file's")
    .option("--usage <file>", "usage file, YAML or JSON")
    .addOption(new Option("--users <count>", "usage by number of users").choices(USER_COUNTS.map(String)))
    .addOption(
      new Option("--usage-profile <profile>", "how the users use it").choices([...USAGE_PROFILES]).default("app"),
    )
    .option("--past <file>", "an estimate or a plan from before: shows what changes")
    .option("--budget <usd>", "blocks when the month costs more", amount)
    .option("--guardrails <file>", "a JSON list of guardrails")
    .option("--strict", "fail when something has no price or is not supported", false)
    .action((options: CostOptions, command: Command) => showCost(options, command));
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

function showCost(options: CostOptions, command: Command): void {
  const path = required(options.input, command);
  const input = readJsonFile(path, CostDocument, "COST_INPUT_INVALID");
  const region = options.region ?? input.region;
  if (region === undefined) throw new CheckError("COST_REGION_MISSING", { path });
  warnOfUnknownKeys(path);
  const now = new Date();
  const same = { ...usageOptions(options), region, now, ...(input.grants && { grants: input.grants }) };
  const past = options.past === undefined ? undefined : pastEstimate(options.past, same);
  const rules = options.guardrails ? readJsonFile(options.guardrails, Guardrails, "GUARDRAILS_INVALID") : [];
  const result = estimate({
    ...same,
    resources: input.resources,
    ...(past && { past }),
    ...(options.budget !== undefined && { budgetMonthlyUsd: options.budget }),
    guardrails: [...(input.guardrails ?? []), ...rules].map(({ name, ...rule }) => ({
      ...rule,
      ...(name && { name }),
    })),
  });
  if (options.output === "json") printJson(result);
  else print(renderEstimate(result, past ? diffEstimates(past, result) : [], now));
  if (failed(result, options.strict)) process.exitCode = 1;
}

const Guardrails = z.array(GuardrailSchema);

function required(path: string | undefined, command: Command): string {
  return path ?? command.error("error: option '-i, --input <file>' is missing", { exitCode: 2 });
}

function usageOptions({ users, usageProfile, usage }: CostOptions) {
  const profile = users === undefined ? [] : [usageForUsers(Number(users), usageProfile)];
  const told = usage === undefined ? [] : [readUsageFile(usage)];
  return {
    usage: [...profile, ...told],
    ...(users !== undefined && { usageProfile: `${usageProfile}, ${users} ${users === "1" ? "user" : "users"}` }),
  };
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

/** @throws {CheckError} `PLAN_UNREADABLE`, `USAGE_INVALID` */
function readUsageFile(path: string): UsageFile {
  const document = readYaml(path);
  const parsed = UsageFileSchema.safeParse(document);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const problem = `${issue?.path.join(".") || "the document"}: ${issue?.message ?? "not valid"}`;
    throw new CheckError("USAGE_INVALID", { path, problem });
  }
  for (const group of ["resource_type_default_usage", "resource_usage"]) {
    const entries = (document as Readonly<Record<string, Readonly<Record<string, unknown>> | null>>)[group];
    for (const [name, usage] of Object.entries(entries ?? {})) warn(name, usage);
  }
  return toUsageFile(parsed.data);
}

function readYaml(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new CheckError("PLAN_UNREADABLE", { path, problem: (error as Error).message }, { cause: error });
  }
  try {
    return parse(text);
  } catch (error) {
    throw new CheckError("USAGE_INVALID", { path, problem: (error as Error).message }, { cause: error });
  }
}

const Named = z.object({ resources: z.array(z.object({ name: z.string(), usage: z.unknown() })).catch([]) });

function warnOfUnknownKeys(path: string): void {
  for (const { name, usage } of readJsonFile(path, Named, "COST_INPUT_INVALID").resources) warn(name, usage);
}

function warn(name: string, usage: unknown): void {
  for (const key of unknownKeys(usage)) say(`warning: ${name}: no price depends on the usage key ${key}`);
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
