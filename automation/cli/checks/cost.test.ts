import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PRICES, renderEstimate } from "@devfactory/checks/index.ts";
import { afterAll, beforeAll, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "cost-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function cost(...args: readonly string[]): Promise<Run> {
  const main = join(import.meta.dirname, "../main.ts");
  return new Promise((resolve) => {
    execFile(process.execPath, [main, "cost", ...args], (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr }),
    );
  });
}

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

const registry = (size: string) => ({
  urn: "urn:r",
  name: "registry",
  type: "azure-native:containerregistry:Registry",
  inputs: { sku: { name: size } },
});
const web = {
  urn: "urn:w",
  name: "web",
  type: "azure-native:app:ContainerApp",
  inputs: {
    template: { containers: [{ resources: { cpu: 0.25, memory: "0.5Gi" } }], scale: { minReplicas: 1 } },
  },
  usage: { active_share: 1, storage_gb: null },
};
const vm = { urn: "urn:v", name: "vm", type: "azure-native:compute:VirtualMachine", inputs: {} };

let basic: string;
let mixed: string;
beforeAll(() => {
  basic = file("basic.json", { region: "East US", resources: [registry("Basic")] });
  mixed = file("mixed.json", { region: "eastus", resources: [web, registry("Deluxe"), vm], grants: "exhausted" });
});

it("prints the estimate as one document, with the grants of the file", async () => {
  const { code, stdout } = await cost("--input", mixed, "--output", "json");
  const result = JSON.parse(stdout);
  expect([code, result.totalMonthlyCost, result.marginalMonthlyCost]).toEqual([0, "19.71", "19.71"]);
  expect(result.summary).toEqual({
    priced: 3,
    usage: 3,
    free: 0,
    unpriced: 1,
    unsupported: { "azure-native:compute:VirtualMachine": 1 },
  });
});

it("names in the first line what has no price, and fails on it when asked to", async () => {
  const { code, stdout } = await cost("--input", mixed, "--strict");
  expect([code, stdout.split("\n")[0]]).toEqual([
    1,
    "19.71 USD a month; without a price: registry: registry deluxe; not supported: 1 x azure-native:compute:VirtualMachine",
  ]);
});

it("takes what a preview prints, a region, users, a usage file and an estimate before", async () => {
  const newState = { type: web.type, inputs: web.inputs };
  const preview = file("preview.json", { steps: [{ op: "create", urn: "urn:pulumi:d::p::t::web", newState }] });
  const usage = file("usage.yaml", "version: 0.1\nresource_usage:\n  web:\n    active_share: 1 # always\n");
  const past = file("past.json", (await cost("-i", preview, "--region", "eastus", "-o", "json")).stdout);
  const args = ["--input", preview, "--region", "eastus", "--users", "10", "--usage", usage, "--past", past];
  const result = JSON.parse((await cost(...args, "-o", "json")).stdout);
  expect([result.usageProfile, result.pastTotalMonthlyCost, result.diffTotalMonthlyCost]).toEqual([
    "app, 10 users",
    "4.293",
    "10.017",
  ]);
});

it("blocks over budget", async () => {
  const [over, within] = await Promise.all([cost("-i", basic, "--budget", "4.99"), cost("-i", basic, "--budget", "5")]);
  expect([over.code, over.stdout.split("\n")[0], within.code]).toEqual([1, "BLOCKED by budget; 5.00 USD a month", 0]);
});

it("a plan from before and a guardrail on the increase", async () => {
  const bigger = file("bigger.json", { region: "eastus", resources: [registry("Premium")] });
  const rules = file("rules.json", [{ kind: "increasePercent", percent: 50, action: "block", name: "team" }]);
  const { code, stdout } = await cost("-i", bigger, "--past", basic, "--guardrails", rules);
  expect([code, stdout.split("\n")[0]]).toEqual([1, "BLOCKED by team; 50.00 USD a month (+45.00)"]);
  expect(stdout).toMatch(/^ {2}registry +5\.00 -> 50\.00 +\+45\.00$/m);
});

it.each([
  ["a file that is not there", "absent.json", undefined, "absent.json cannot be read: ENOENT"],
  ["no JSON", "text.json", "hello", "text.json cannot be estimated: not JSON"],
  ["no resources", "none.json", { region: "eastus" }, "none.json cannot be estimated: resources: "],
  [
    "a usage of the wrong kind",
    "kind.json",
    { region: "eastus", resources: [{ ...web, usage: { active_share: "1" } }] },
    "kind.json cannot be estimated: resources.0.usage.active_share: ",
  ],
  ["no region", "where.json", { resources: [] }, "where.json names no region"],
])("%s ends with code 2, the path and the problem", async (_, name, content, message) => {
  const path = content === undefined ? join(folder, name) : file(name, content);
  const { code, stdout, stderr } = await cost("--input", path);
  expect([code, stdout, stderr.includes(message)]).toEqual([2, "", true]);
});

it("a wrong usage file and wrong guardrails end with code 2, a usage key that nothing reads with a warning", async () => {
  const usage = file("wrong.yaml", "version: 0.1\nresource_usage:\n  web: { active_share: 2 }\n");
  const rules = file("wrong.json", [{ kind: "mood" }]);
  const typo = file("typo.json", { region: "eastus", resources: [{ ...web, usage: { replica: 1 } }] });
  const runs = await Promise.all([
    cost("-i", basic, "--usage", usage),
    cost("-i", basic, "--guardrails", rules),
    cost("-i", typo),
  ]);
  expect(runs.map(({ code }) => code)).toEqual([2, 2, 0]);
  expect(runs[0]?.stderr).toContain("wrong.yaml is no usage file: resource_usage.web.active_share: ");
  expect(runs[2]?.stderr).toBe("warning: web: no price depends on the usage key replica\n");
});

it("writes a usage file that it can read", async () => {
  const out = join(folder, "written.yaml");
  const written = await cost("usage", "--input", mixed, "--out", out);
  expect([written.code, written.stdout]).toEqual([0, ""]);
  expect(readFileSync(out, "utf8")).toContain("    active_share: 1 # share");
  expect((await cost("-i", mixed, "--usage", out, "-o", "json")).code).toBe(0);
});

it("the text of an estimate tells parts, free amounts, what depends on usage and the age of the prices", async () => {
  const result = JSON.parse(
    (await cost("-i", file("web.json", { region: "eastus", resources: [web] }), "-o", "json")).stdout,
  );
  const text = renderEstimate(result, [], new Date("2026-10-01"));
  expect(text.split("\n").map((line) => line.replace(/ {2,}/g, "  ").trim())).toEqual([
    "14.31 USD a month",
    "",
    "web (azure-native:app:ContainerApp)  14.31",
    "vCPU, working  657000 vCPU-s, 180000 free  11.45",
    "vCPU, waiting  0 vCPU-s  free",
    "1 replicas always run",
    "memory  1314000 GiB-s, 360000 free  2.86",
    "requests  depends on usage: 0.4 per 1M",
    "internet egress  depends on usage: 0.087 per GB",
    "the source of the price has no date",
    "",
    "Total  14.31",
    "of it by usage  11.45",
    "on top of what runs already  14.31",
    "",
    "Free amounts used",
    "aca-vcpu-active  180000 of 180000 subscription, month",
    "aca-memory  360000 of 360000 subscription, month",
    "",
    "3 priced, 2 depend on usage, 0 without a price, 0 resources free. List prices of eastus, the oldest of 2026-08-28.",
  ]);
});

it("refresh writes the book only when every price was found", async () => {
  const path = file("prices.json", {
    ...PRICES,
    rows: PRICES.rows.filter(({ id }) => /^(sb-basic|acr-basic)$/.test(id)),
  });
  const before = readFileSync(path, "utf8");
  let regions = ["eastus"];
  const server = createServer((request, response) => {
    const [, meterName] =
      /meterName eq '([^']*)'/.exec(new URL(request.url ?? "", "http://x").searchParams.get("$filter") ?? "") ?? [];
    const bus = meterName === "Basic Messaging Operations";
    const shared = { currencyCode: "USD", tierMinimumUnits: 0, type: "Consumption", meterName, skuName: "Basic" };
    const own = bus
      ? { serviceName: "Service Bus", unitOfMeasure: "1M", retailPrice: 0.06 }
      : { serviceName: "Container Registry", unitOfMeasure: "1/Day", retailPrice: 0.1666 };
    response.end(JSON.stringify({ Items: regions.map((armRegionName) => ({ ...shared, ...own, armRegionName })) }));
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/retail/prices`;
  const partly = await cost("refresh", "--url", url, "--book", path);
  expect([partly.code, readFileSync(path, "utf8")]).toEqual([1, before]);
  expect(partly.stderr).toContain("The answer is not complete: 2 prices are missing; the book is unchanged.");
  regions = ["eastus", "westeurope"];
  const dry = await cost("refresh", "--url", url, "--book", path, "--dry-run");
  expect([dry.code, readFileSync(path, "utf8")]).toEqual([0, before]);
  const whole = await cost("refresh", "--url", url, "--book", path);
  server.close();
  expect(whole.stdout.split("\n")).toEqual([
    "acr-basic eastus: 5 -> 4.998",
    "acr-basic westeurope: 5 -> 4.998",
    "sb-basic eastus: 0.05 -> 0.06",
    "sb-basic westeurope: 0.05 -> 0.06",
    "4 prices changed.",
    "",
  ]);
  const { rows } = JSON.parse(readFileSync(path, "utf8"));
  expect(rows.map(({ id, source }: { id: string; source: string[] }) => [id, source])).toEqual([
    ["acr-basic", ["API"]],
    ["sb-basic", ["API"]],
  ]);
});
