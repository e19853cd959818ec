import { type PlannedResource, UNKNOWN } from "@devfactory/checks/index.ts";
import type { Finding } from "@devfactory/checks/policy/finding.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PlanDocument } from "../plan/planDocument.ts";
import { compare } from "./changes.ts";
import { code, prose } from "./markdown.ts";
import { markerOf, render } from "./render.ts";
import { hasNews, makeReport, type ReportRequest } from "./report.ts";

const LIMIT = 65_536;
const now = new Date("2026-11-28T12:00:00Z");

function resource(type: string, name: string, inputs: Record<string, unknown>): PlannedResource {
  return { urn: `urn:pulumi:plan::shop::azure-native:${type}::${name}`, type: `azure-native:${type}`, name, inputs };
}

function server(sku: string, location = "eastus", storageSizeGB = 32) {
  return resource("dbforpostgresql:Server", "db-server", {
    serverName: "psql-shop",
    location,
    sku: { name: sku, tier: "Burstable" },
    storage: { storageSizeGB },
    administratorLogin: UNKNOWN,
  });
}

function app(image: string, cpu: number) {
  const containers = [
    { name: "main", image, resources: { cpu, memory: `${cpu * 2}Gi` }, env: [{ name: "KEY", value: "[secret]" }] },
  ];
  return resource("app:ContainerApp", "web-app", {
    location: "eastus",
    template: { containers, scale: { minReplicas: 1, maxReplicas: 2 } },
  });
}

function plan(...resources: PlannedResource[]): PlanDocument {
  return { region: "eastus", profile: "dev", resources };
}

const pass = () => ({ findings: [] });
type Case = Omit<ReportRequest, "now" | "evaluate"> & Partial<Pick<ReportRequest, "evaluate">>;
const report = (request: Case) => makeReport({ evaluate: pass, ...request, now });
const BASE = plan(server("Standard_B1ms"), app("cr/web@sha256:1", 0.25));

it("a replacement names the options of the component that replace, by the catalogue", () => {
  const made = (location: string): PlannedResource => {
    const base = server("Standard_B1ms", location);
    return { ...base, urn: base.urn.replace("::azure-native", "::devfactory:azure:PostgresServer$azure-native") };
  };
  const replaced = report({ base: plan(made("eastus")), head: plan(made("westeurope")) });
  expect(render(replaced, { app: "shop", limit: LIMIT }).split("\n")).toContain(
    "- **Replaces `db-server` with its data** (`location`), `azure-native:dbforpostgresql:Server`; of `PostgresServer` these replace: `network`, `administrators`, `name`, `location`",
  );
});

describe("the comment", () => {
  it.each<[string, Case]>([
    ["new-app", { head: BASE }],
    ["dearer", { base: BASE, head: plan(server("Standard_B2s"), app("cr/web@sha256:2", 0.5)) }],
    ["replaced", { base: BASE, head: plan(server("Standard_B1ms", "westeurope")) }],
    [
      "not-known-yet",
      {
        base: BASE,
        head: plan(server("Standard_B1ms", "eastus", 64), app("cr/web@sha256:1", 0.25)),
        evaluate: () => ({ findings: UNSURE }),
      },
    ],
    [
      "fails",
      {
        base: BASE,
        head: { ...plan(server("Standard_B2s"), app("cr/web@sha256:1", 0.25)), budgetMonthlyUsd: 20 },
        evaluate: () => ({ findings: BROKEN }),
        preflight: BLOCKED,
      },
    ],
    ["no-changes", { base: BASE, head: BASE }],
  ])("%s", async (name, request) => {
    await expect(render(report(request), { app: "shop", limit: LIMIT })).toMatchFileSnapshot(`fixtures/${name}.md`);
  });
});

const URN = app("x", 1).urn;
const BROKEN: readonly Finding[] = [
  {
    rule: "CA02",
    urn: URN,
    verdict: "fail",
    path: "configuration.ingress.allowInsecure",
    message: "Plain http is answered.",
    fix: "Set allowInsecure to false.",
  },
  {
    rule: "CA03",
    urn: URN,
    verdict: "not-applicable",
    message: "Waived.",
    waiver: {
      rule: "CA03",
      target: "*",
      reason: "until the partner moves",
      owner: "ada",
      approver: "grace",
      expires: "2026-12-31",
    },
  },
  { rule: "CA01", urn: URN, verdict: "pass", message: "Fine." },
];
const UNSURE: readonly Finding[] = [
  { rule: "CA09", urn: URN, verdict: "unknown", path: "template", message: "The value is not known yet." },
];
const BLOCKED = [
  {
    id: "NAME_TAKEN",
    severity: "error",
    resource: server("x").urn,
    message: "The name psql-shop is taken.",
    advice: "Raise the name epoch.",
  },
  {
    id: "FACT_UNREAD",
    severity: "warning",
    resource: "",
    message: "Quotas could not be read.",
    advice: "Give Reader.",
  },
] as const;

it.each([
  ["all good", { head: BASE }, "pass"],
  ["an unknown value", { head: BASE, evaluate: () => ({ findings: UNSURE }) }, "unsure"],
  ["a broken rule", { head: BASE, evaluate: () => ({ findings: BROKEN }) }, "fail"],
  ["only a waived rule", { head: BASE, evaluate: () => ({ findings: BROKEN.slice(1) }) }, "pass"],
  ["over the budget", { head: { ...BASE, budgetMonthlyUsd: 1 } }, "fail"],
  ["a preflight error", { head: BASE, preflight: BLOCKED }, "fail"],
  ["a preflight warning", { head: BASE, preflight: BLOCKED.slice(1) }, "unsure"],
] as const)("%s: the verdict", (_, request, verdict) => {
  expect(report(request).verdict).toBe(verdict);
});

it("no change and no failure is no news; a failure is", () => {
  expect(hasNews(report({ base: BASE, head: BASE }))).toBe(false);
  expect(hasNews(report({ base: BASE, head: BASE, evaluate: () => ({ findings: BROKEN }) }))).toBe(true);
  expect(hasNews(report({ base: BASE, head: plan(server("Standard_B1ms")) }))).toBe(true);
});

it("changes are told by what forces them, and by the engine where it was asked", () => {
  const kinds = (base: PlanDocument, head: PlanDocument) =>
    compare(base, head).map(({ name, operation, replaceKeys }) => [name, operation, replaceKeys]);
  expect(kinds(BASE, plan(server("Standard_B1ms", "uksouth"), app("cr/web@sha256:2", 0.25)))).toEqual([
    ["db-server", "replace", ["location"]],
    ["web-app", "update", undefined],
  ]);
  const head: PlanDocument = {
    ...BASE,
    changes: [
      { urn: URN, type: "azure-native:app:ContainerApp", name: "web-app", operation: "replace", replaceKeys: ["x"] },
    ],
  };
  expect(kinds(BASE, head)).toEqual([["web-app", "replace", ["x"]]]);
  const flags = (name: string) => plan(resource("app:ContainerApp", "web", { workloadProfileName: name }));
  expect(kinds(flags("Consumption"), flags("D4"))).toEqual([["web", "update", undefined]]);
});

it("a comment never exceeds its limit, keeps its first line and its marker, and says what is left out", () => {
  const many = (count: number) =>
    plan(
      ...Array.from({ length: count }, (_, index) =>
        resource("app:ContainerApp", `web-${index}`, { location: "eastus" }),
      ),
    );
  const whole = render(report({ head: many(3000) }), { app: "shop", limit: Number.MAX_SAFE_INTEGER });
  expect(whole.length).toBeGreaterThan(LIMIT);
  const first = whole.split("\n")[0] ?? "";
  fc.assert(
    fc.property(fc.integer({ min: 600, max: whole.length }), (limit) => {
      const text = render(report({ head: many(3000) }), { app: "shop", limit });
      expect(text.length).toBeLessThanOrEqual(limit);
      expect([text.startsWith(first), text.endsWith(markerOf("shop"))]).toEqual([true, true]);
      if (limit < whole.length) expect(text).toMatch(/_(\d+|More) ?.*`npx devfactory pr --print` shows all\._/i);
    }),
    { numRuns: 15 },
  );
});

it("text of others brings no markup, mention, secret or control character into the comment", () => {
  expect(prose("<!-- x --> [a](b) **c** `d` @octocat # e |")).toBe(
    "&lt;!-- x --> \\[a\\](b) \\*\\*c\\*\\* \\`d\\` @\u200boctocat \\# e \\|",
  );
  expect(prose("AccountKey=abc123==; \u001b[31mred\u202e\n\n<details>")).toBe(
    "AccountKey=\\[secret:key\\]; \\[31mred &lt;details>",
  );
  expect(code("a`b|c\n```")).toBe("`a'b\\|c '''`");
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(prose(text)).not.toMatch(/[\r\n<]/);
      expect(code(text).slice(1, -1)).not.toMatch(/[`\r\n]/);
    }),
  );
});

it("a secret in the plan's values is masked in the diff", () => {
  const setting = (value: string) => plan(resource("app:ContainerApp", "web", { env: [{ value }] }));
  const text = render(
    report({ base: setting("postgres://u:old-pass@h/d"), head: setting("ghp_0123456789abcdefghij") }),
    { app: "a", limit: LIMIT },
  );
  expect([text.includes("old-pass"), text.includes("ghp_"), text.includes("[secret:github]")]).toEqual([
    false,
    false,
    true,
  ]);
});
