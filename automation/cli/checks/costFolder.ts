import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  CheckError,
  COLUMNS,
  type CostRow,
  CostTableFile,
  costRow,
  type Estimate,
  estimate,
  renderCostTable,
  type UsageFile,
  type UsageProfile,
  usageForUsers,
} from "@devfactory/checks/index.ts";
import { Preset } from "@devfactory/stacks/spec/index.ts";
import type { PlanDocument } from "../../plan/planDocument.ts";
import { type FolderOptions, planFolder } from "../../plan/planFolder.ts";
import { print, printJson } from "../output.ts";
import { readUsageFile, readYaml } from "./usageFile.ts";

type Row = CostTableFile["rows"][number];

/** What `cost` is asked about a folder. */
export interface FolderQuestion extends FolderOptions {
  readonly folder: string;
  /** Numbers of users; several make a table. */
  readonly users?: readonly number[];
  readonly usageProfile?: UsageProfile;
  /** Instead of the `usage.yaml` beside the plan. */
  readonly usage?: string;
  /** Of the table: shown with all its parts. */
  readonly row?: string;
}

/** The rows that a question is about: those of the `costs.yaml` beside the plan, else one for each number of users. */
export function askedTable({ folder, users, row, usageProfile }: FolderQuestion): CostTableFile | undefined {
  const path = join(folder, "costs.yaml");
  if (existsSync(path)) {
    const table = readTable(path);
    const asked = table.rows.filter(
      (each) => (row === undefined || each.name === row) && (!users || (each.users && users.includes(each.users))),
    );
    if (asked.length > 0) return { ...table, rows: asked, ...(usageProfile && { profile: usageProfile }) };
    const rows = table.rows.map(({ name }) => name).join(", ");
    throw new CheckError("COST_TABLE_INVALID", { path, problem: `no row is meant; there are: ${rows}` });
  }
  if (!users || users.length < 2) return undefined;
  const rows = users.map((each) => ({ name: `${each} ${each === 1 ? "user" : "users"}`, users: each as Row["users"] }));
  return CostTableFile.parse({
    version: "0.1",
    columns: COLUMNS,
    rows,
    ...(usageProfile && { profile: usageProfile }),
  });
}

/** Estimates each row of a table with what it changes of the plan; a plan that several rows share is made once. */
export async function estimateRows(
  question: FolderQuestion,
  table: CostTableFile,
  now: Date,
): Promise<readonly { readonly row: Row; readonly plan: PlanDocument; readonly estimate: Estimate }[]> {
  const plans = new Map<string, Promise<PlanDocument>>();
  const results = [];
  for (const row of table.rows) {
    const change = changeOf(row, question.folder);
    const key = JSON.stringify(change);
    const made = plans.get(key) ?? planFolder(question.folder, { ...question, ...change }, process.env);
    plans.set(key, made);
    const plan = await made;
    results.push({ row, plan, estimate: estimateRow(row, plan, question, table, now) });
  }
  return results;
}

/** `usage.yaml` beside a plan, or the one that was named. */
export function usageBeside({ folder, usage }: Pick<FolderQuestion, "folder" | "usage">): readonly UsageFile[] {
  const path = usage ?? join(folder, "usage.yaml");
  return usage !== undefined || existsSync(path) ? [readUsageFile(path)] : [];
}

export function showTable(rows: readonly CostRow[], table: CostTableFile, plan: PlanDocument, json: boolean): void {
  const { region, profile } = plan;
  if (json) printJson({ version: "0.1", currency: "USD", region, profile, rows, notes: table.notes });
  else print(renderCostTable(rows, table.notes));
}

export function rowsOf(results: Awaited<ReturnType<typeof estimateRows>>, table: CostTableFile): readonly CostRow[] {
  return results.map(({ row, estimate: result }) => costRow(row.name, result, table.columns));
}

function readTable(path: string): CostTableFile {
  const parsed = CostTableFile.safeParse(readYaml(path, "COST_TABLE_INVALID"));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const problem = `${issue?.path.join(".") || "the document"}: ${issue?.message ?? "not valid"}`;
  throw new CheckError("COST_TABLE_INVALID", { path, problem });
}

function changeOf({ name, preset, sizes }: Row, folder: string): Pick<FolderOptions, "preset" | "sizes"> {
  const parsed = Preset.safeParse(sizes ?? {});
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const problem = `${name}: sizes.${issue?.path.join(".")}: ${issue?.message}`;
    throw new CheckError("COST_TABLE_INVALID", { path: resolve(folder, "costs.yaml"), problem });
  }
  return { ...(preset !== undefined && { preset }), ...(sizes && { sizes: parsed.data }) };
}

function estimateRow(
  row: Row,
  plan: PlanDocument,
  question: FolderQuestion,
  { profile }: CostTableFile,
  now: Date,
): Estimate {
  const known = new Set(plan.resources.map(({ name }) => name));
  const unknown = [...Object.keys(row.inputs ?? {}), ...Object.keys(row.usage ?? {})].find((each) => !known.has(each));
  if (unknown !== undefined) {
    const problem = `${row.name}: the plan has no resource ${unknown}`;
    throw new CheckError("COST_TABLE_INVALID", { path: join(question.folder, "costs.yaml"), problem });
  }
  const resources = plan.resources.map((each) => ({ ...each, inputs: { ...each.inputs, ...row.inputs?.[each.name] } }));
  const usage = [
    ...(row.users === undefined ? [] : [usageForUsers(row.users, profile)]),
    ...usageBeside(question),
    ...(row.usage ? [{ version: "0.1" as const, resource_usage: row.usage }] : []),
  ];
  return estimate({ region: plan.region, resources, usage, usageProfile: row.name, now });
}
