import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, it } from "vitest";

const CHECKOUT = join(import.meta.dirname, "../../..");
/** Nothing of the shell, but what makes the command line start fast. */
const ENVIRONMENT = { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE };
const MAIN = join(CHECKOUT, "automation/cli/main.ts");
const root = mkdtempSync(join(tmpdir(), "devfactory-cost-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function cost(...args: readonly string[]) {
  const options = { env: ENVIRONMENT, cwd: CHECKOUT };
  const run = promisify(execFile)(process.execPath, [MAIN, "cost", ...args], options);
  const { code, stdout, stderr } = await run.then(
    (ran) => ({ code: 0, ...ran }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
  return { code, lines: stdout.trimEnd().split("\n"), stdout, stderr };
}

/** Rows of a printed table, by their last columns. */
const table = (lines: readonly string[]) =>
  lines.slice(1, lines.includes("") ? lines.indexOf("") : undefined).map((line) => line.trim().split(/ {2,}/));

it("DaiBai by its number of users: the columns add up to the sums", async () => {
  const { code, lines, stderr } = await cost("blueprints/daibai");
  expect([code, stderr, lines[0]?.trim().split(/ {2,}/)]).toEqual([
    0,
    "",
    ["USD a month", "vault, calls, logs, egress", "Functions", "Cosmos", "SQL", "site and settings", "sum"],
  ]);
  expect(table(lines)).toEqual([
    ["1 user", "0.00", "0.00", "0.01", "0.00", "0.00", "0.01"],
    ["10 users", "0.03", "0.00", "0.11", "6.38", "0.00", "6.52"],
    ["100 users", "0.27", "3.25", "1.11", "63.78", "45.00", "113.41"],
    ["1,000 users", "5.00", "55.92", "11.10", "214.05", "45.00", "331.07"],
    ["10,000 users", "185.85", "583.50", "111.00", "747.33", "45.00", "1672.68"],
  ]);
}, 180_000);

it("the same as a document, for some numbers of users; a row with all its parts", async () => {
  const { stdout } = await cost("blueprints/daibai", "--users", "10,100", "--output", "json");
  const document = JSON.parse(stdout);
  expect(document).toMatchObject({ version: "0.1", currency: "USD", region: "eastus", profile: "dev" });
  expect(document.rows.map(({ name }: { name: string }) => name)).toEqual(["10 users", "100 users"]);
  for (const { totalMonthlyCost, columns } of document.rows as { totalMonthlyCost: string; columns: object }[]) {
    const parts = Object.values(columns).reduce((sum, each) => sum + Number(each), 0);
    expect(parts).toBeCloseTo(Number(totalMonthlyCost), 8);
  }
  const row = await cost("blueprints/daibai", "--row", "10 users", "--output", "json");
  expect(JSON.parse(row.stdout)).toMatchObject({ usageProfile: "10 users", summary: { unpriced: 0, unsupported: {} } });
}, 180_000);

it("MomentLoop from zero to scaled up", async () => {
  const { code, lines } = await cost("blueprints/moment-loop");
  expect([code, table(lines).map((row) => [row[0], row.at(-1)])]).toEqual([
    0,
    [
      ["scale to zero", "21.14"],
      ["one replica each, idle", "31.35"],
      ["one replica each, always active", "55.16"],
      ["scaled up, idle", "321.17"],
      ["scaled up, always active, Premium registry", "430.18"],
    ],
  ]);
}, 180_000);

it("the platform in production, from its own stack, and what has no price is said", async () => {
  const { code, lines } = await cost("stacks/platform", "--profile", "production");
  expect([code, table(lines).map((row) => [row[0], row.at(-1)])]).toEqual([
    0,
    [
      ["idle", "146.16"],
      ["10 % active", "289.67"],
      ["30 % active", "322.79"],
    ],
  ]);
  expect(lines).toContain("idle: not in the sum: 3 lines without a price");
  expect((await cost("stacks/platform", "--profile", "production", "--strict")).code).toBe(1);
}, 180_000);

function app(name: string, files: Readonly<Record<string, string>>, budget = {}): string {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  const spec = {
    version: 1,
    name: "shop",
    title: "Shop",
    services: [{ name: "web", kind: "web" }],
    resources: [{ name: "db", kind: "postgres" }],
    ...budget,
  };
  writeFileSync(join(folder, "devfactory.yaml"), JSON.stringify(spec));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return folder;
}

it("an app without a table: its usage file, its budget, another profile; several numbers of users make a table", async () => {
  const usage = "version: 0.1\nresource_usage:\n  web-app: { hours_up_per_day: 24 }\n";
  const folder = app("plain", { "usage.yaml": usage }, { budget: { monthlyUsd: 20 } });
  const plain = await cost(folder, "--output", "json");
  expect([plain.code, JSON.parse(plain.stdout).totalMonthlyCost]).toEqual([1, "30.4"]);
  expect((await cost(folder, "--budget", "31")).code).toBe(0);
  const standard = await cost(folder, "--profile", "standard", "--budget", "1000", "--output", "json");
  expect(Number(JSON.parse(standard.stdout).totalMonthlyCost)).toBeGreaterThan(30.4);
  const users = await cost(folder, "--users", "1,100");
  expect([users.code, users.lines[0]?.trim().split(/ {2,}/)]).toEqual([0, ["USD a month", "compute", "data", "sum"]]);
  expect(table(users.lines).map(([name]) => name)).toEqual(["1 user", "100 users"]);
}, 180_000);

it.each([
  ["a table that is none", "version: 0.1\nrows: []\n", "is no table of costs: columns: "],
  [
    "a resource that is not planned",
    "version: 0.1\ncolumns: { all: ['*'] }\nrows: [{ name: x, usage: { nobody: {} } }]\n",
    "is no table of costs: x: the plan has no resource nobody.",
  ],
  ["no YAML", "rows: [", "is no table of costs: "],
])("%s ends with exit code 2, the path and the problem", async (name, text, message) => {
  const { code, stdout, stderr } = await cost(app(name, { "costs.yaml": text }));
  expect([code, stdout, stderr.includes(message)]).toEqual([2, "", true]);
});

it.each([
  ["a folder and a file", ["blueprints/daibai", "--input", "plan.json"], "a folder is given too"],
  [
    "a number of users that has no constants",
    ["blueprints/daibai", "--users", "1,7"],
    "error: --users takes 1, 10, 100, 1000, 10000, with commas",
  ],
  ["several numbers without a folder", ["--input", "plan.json", "--users", "1,10"], "a table of users needs a folder"],
  ["nothing", [], "option '-i, --input <file>' is missing"],
  [
    "a row that is not there",
    ["blueprints/daibai", "--row", "7 users"],
    "no row is meant; there are: 1 user, 10 users",
  ],
  ["a folder with nothing", ["docs"], "holds neither devfactory.yaml nor Pulumi.yaml"],
])("%s is wrong use", async (_, args, message) => {
  const { code, stdout, stderr } = await cost(...args);
  expect([code, stdout, stderr.includes(message) || stderr]).toEqual([2, "", true]);
});
