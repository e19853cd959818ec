import { describe, expect, it } from "vitest";
import { type PlannedResource, SECRET_VALUE, UNKNOWN } from "../plan/resource.ts";
import { evaluatePolicies, type PolicyRequest } from "./evaluate.ts";
import type { Waiver } from "./finding.ts";
import { GOOD_PLAN } from "./fixtures/goodPlan.ts";
import { secretsInClear, siteConfigProblems } from "./generated.ts";
import { RULE_ROWS, RULES } from "./rules.ts";

const NOW = new Date("2026-11-28T12:00:00Z");
const ACCOUNT = "azure-native:storage:StorageAccount";

function resource(type: string, name: string, inputs: PlannedResource["inputs"]): PlannedResource {
  return { urn: `urn:pulumi:dev::p::azure-native:${type}::${name}`, type: `azure-native:${type}`, name, inputs };
}

function judged(resources: readonly PlannedResource[], more: Partial<PolicyRequest> = {}) {
  return evaluatePolicies({ profile: "production", resources, now: NOW, ...more });
}

function failures(resources: readonly PlannedResource[], more: Partial<PolicyRequest> = {}): readonly string[] {
  return judged(resources, more)
    .findings.filter(({ verdict }) => verdict === "fail")
    .map(({ rule, urn }) => `${rule} ${urn.split("::").at(-1)}`);
}

it("129 rules: 99 hold in every profile, 30 in production; two judge no resource", () => {
  const tiers = (tier: string) => RULE_ROWS.filter((row) => row.tier === tier).length;
  expect([RULE_ROWS.length, tiers("A"), tiers("P"), RULES.length]).toEqual([129, 99, 30, 127]);
  expect(new Set(RULE_ROWS.map((row) => row.id)).size).toBe(129);
});

it("a good plan passes in every profile, with one finding for each rule that names a type", () => {
  for (const profile of ["dev", "standard", "production"] as const) {
    const { findings, verdict, counts } = judged(GOOD_PLAN, { profile });
    expect([verdict, counts.fail, counts.unknown]).toEqual(["pass", 0, 0]);
    for (const { urn, type } of GOOD_PLAN) {
      const named = RULES.filter((rule) => rule.targets.some((target) => target.type === type)).map(({ id }) => id);
      const found = findings.filter((each) => each.urn === urn).map(({ rule }) => rule);
      expect(named.filter((id) => found.filter((each) => each === id).length !== 1)).toEqual([]);
    }
  }
});

it("a failure says what is wrong, where, and what to write", () => {
  const account = resource("storage:StorageAccount", "files", { minimumTlsVersion: "TLS1_0" });
  const found = judged([account]).findings.find(({ rule }) => rule === "ST01");
  expect(found).toEqual({
    rule: "ST01",
    urn: account.urn,
    verdict: "fail",
    path: "minimumTlsVersion",
    message: 'minimumTlsVersion is "TLS1_0"; it must be TLS1_2.',
    fix: "Set `minimumTlsVersion` to TLS1_2 (StorageAccount sets it by profile: look for `transform.account.minimumTlsVersion`).",
  });
});

it("outside production a rule of tier P is information, and says what it would say", () => {
  const account = resource("storage:StorageAccount", "files", { sku: { name: "Standard_LRS" } });
  const of = (profile: "dev" | "production") =>
    judged([account], { profile }).findings.find(({ rule }) => rule === "ST15");
  expect(of("production")?.verdict).toBe("fail");
  expect([of("dev")?.verdict, of("dev")?.message]).toEqual([
    "not-applicable",
    'Holds in production only; it would say: sku.name is "Standard_LRS"; it must be a ZRS, GRS, RAGRS, GZRS or RAGZRS name.',
  ]);
});

it("the widespread sample with an admin user, its password and a workspace key is refused", () => {
  const sample = [
    resource("containerregistry:Registry", "registry", { sku: { name: "Basic" }, adminUserEnabled: true }),
    resource("app:ManagedEnvironment", "env", {
      appLogsConfiguration: {
        destination: "log-analytics",
        logAnalyticsConfiguration: { customerId: "id", sharedKey: SECRET_VALUE },
      },
    }),
    resource("app:ContainerApp", "app", {
      configuration: {
        ingress: { external: true, targetPort: 80 },
        registries: [{ server: "reg.azurecr.io", username: "reg", passwordSecretRef: "pwd" }],
        secrets: [{ name: "pwd", value: SECRET_VALUE }],
      },
      template: { containers: [{ name: "web", image: "reg.azurecr.io/web:v1.0.0" }] },
    }),
  ];
  const failed = failures(sample, { profile: "dev" });
  for (const expected of ["CR01 registry", "CA04 app", "CA05 app", "CE02 env"]) expect(failed).toContain(expected);
});

it("no message quotes what may be secret", () => {
  const secret = "hunter2hunter2";
  const plan = [
    resource("web:StaticSite", "site", { repositoryToken: secret }),
    resource("app:ContainerApp", "app", {
      configuration: { secrets: [{ name: "a", value: secret }], registries: [{ server: "r", username: secret }] },
      template: { containers: [{ image: "r.io/a:1", env: [{ name: "DB_PASSWORD", value: secret }] }] },
    }),
    resource("app:ContainerAppsSessionPool", "pool", { secrets: [{ name: "a", value: secret }] }),
    resource("web:WebApp", "web", { siteConfig: { appSettings: [{ name: "API_KEY", value: secret }] } }),
  ];
  const report = judged(plan);
  expect(report.counts.fail).toBeGreaterThan(5);
  expect(JSON.stringify(report)).not.toContain(secret);
});

describe("what stands beside a resource", () => {
  const vault = GOOD_PLAN.filter(({ type }) => type === "azure-native:keyvault:Vault");
  const setting = (resourceUri: string, more = {}) => ({
    ...resource("monitor:DiagnosticSetting", "audit", {
      resourceUri,
      logs: [{ categoryGroup: "audit", enabled: true }],
    }),
    ...more,
  });
  const ofVault = (plan: readonly PlannedResource[]) =>
    judged(plan).findings.find(({ rule, urn }) => rule === "KV09" && urn === vault[0]?.urn)?.verdict;

  it("a vault without audit logs fails, one whose name is not known yet is joined by the plan's dependencies", () => {
    expect(ofVault(vault)).toBe("fail");
    expect(ofVault([...vault, setting("/x/providers/Microsoft.KeyVault/vaults/other")])).toBe("fail");
    expect(ofVault([...vault, setting("/x/providers/Microsoft.KeyVault/vaults/kv")])).toBe("pass");
    expect(ofVault([...vault, setting(UNKNOWN)])).toBe("unknown");
    expect(ofVault([...vault, setting(UNKNOWN, { dependencies: [vault[0]?.urn] })])).toBe("pass");
    expect(ofVault([...vault, setting(UNKNOWN, { dependencies: [] })])).toBe("fail");
  });

  it("a Postgres server wants a group as administrator; ten public addresses are the most of an SQL server", () => {
    const server = GOOD_PLAN.filter(({ name }) => name === "postgres");
    const admin = (principalType: string) =>
      resource("dbforpostgresql:AdministratorsMicrosoftEntra", "a", {
        serverName: "psql",
        principalType,
        objectId: "1",
      });
    const of = (plan: readonly PlannedResource[]) => failures(plan).filter((each) => each.startsWith("PG02"));
    expect(of(server)).toEqual(["PG02 postgres"]);
    expect(of([...server, admin("User")])).toEqual(["PG02 postgres", "PG02 a"]);
    expect(of([...server, admin("Group")])).toEqual([]);
    const rule = (name: string, endIpAddress: string) =>
      resource("sql:FirewallRule", name, { serverName: "s", startIpAddress: "20.0.0.1", endIpAddress });
    expect(failures([rule("one", "20.0.0.5"), rule("two", "20.0.0.5")])).toEqual([]);
    expect(failures([rule("one", "20.0.0.5"), rule("two", "20.0.0.6")])).toEqual(["SQ03 one", "SQ03 two"]);
  });
});

it("images come from an allowed registry, with a digest or a version", () => {
  const app = (image: string) => resource("app:ContainerApp", "app", { template: { containers: [{ image }] } });
  const fails = (image: string, allowedRegistries: readonly string[] = []) =>
    failures([app(image)], { allowedRegistries }).includes("CA07 app");
  expect(
    ["nginx:1.27", "docker.io/library/nginx:1.27", "reg.io/app", "reg.io/app:latest"].map((image) => fails(image)),
  ).toEqual([true, true, true, true]);
  expect(["reg.io/app:1.2", `reg.io/app@sha256:${"a".repeat(64)}`].map((image) => fails(image))).toEqual([
    false,
    false,
  ]);
  expect([fails("reg.io/app:1.2", ["other.io"]), fails("reg.io/app:1.2", ["reg.io"])]).toEqual([true, false]);
});

describe("waivers", () => {
  const account = resource("storage:StorageAccount", "files", {
    ...GOOD_PLAN[0]?.inputs,
    sku: { name: "Standard_LRS" },
    minimumTlsVersion: "TLS1_0",
  });
  const waiver = (more: Partial<Waiver>): Waiver => ({
    rule: "ST15",
    target: account.urn,
    reason: "test data",
    owner: "ana",
    expires: "2026-12-31",
    ...more,
  });
  const report = (...waivers: readonly Waiver[]) => judged([account], { waivers });
  const rules = (...waivers: readonly Waiver[]) =>
    report(...waivers)
      .findings.filter(({ verdict }) => verdict === "fail")
      .map(({ rule }) => rule);

  it("take a failure out, stay in the report, and are told when nothing needs them", () => {
    const idle = waiver({ rule: "ST02" });
    const result = report(waiver({}), idle);
    expect(rules(waiver({}))).toEqual(["ST01"]);
    expect(result.counts).toEqual({ pass: 9, fail: 1, unknown: 0, "not-applicable": 1, waived: 1 });
    expect(result.findings.find(({ rule }) => rule === "ST15")).toMatchObject({
      verdict: "not-applicable",
      waiver: { owner: "ana" },
    });
    expect(result.unusedWaivers).toEqual([idle]);
    expect(rules(waiver({ target: "azure-native:storage:*" }))).toEqual(["ST01"]);
    expect(rules(waiver({ target: "azure-native:sql:*" }))).toEqual(["ST01", "ST15"]);
    expect(rules(waiver({ target: "urn:pulumi:*::files" }))).toEqual(["ST01"]);
    expect(rules(waiver({ target: "urn:pulumi:*::file" }))).toEqual(["ST01", "ST15"]);
  });

  it.each([
    ["ended", { expires: "2026-11-27" }, "it ended on 2026-11-27"],
    ["too long", { expires: "2027-03-01" }, "it ends more than 90 days ahead"],
    ["without a reason", { reason: " " }, "it lacks a reason or an owner"],
  ])("%s: the failure stays and names what is wrong", (_, more, problem) => {
    const found = report(waiver(more)).findings.find(({ rule }) => rule === "ST15");
    expect([found?.verdict, found?.message.endsWith(`Its waiver does not count: ${problem}.`)]).toEqual(["fail", true]);
  });

  it("of tier A need a second person", () => {
    expect(rules(waiver({ rule: "ST01" }))).toEqual(["ST01", "ST15"]);
    expect(rules(waiver({ rule: "ST01", approver: "ana" }))).toEqual(["ST01", "ST15"]);
    expect(rules(waiver({ rule: "ST01", approver: "ben" }))).toEqual(["ST15"]);
  });
});

it("judges generated files and recorded values, without telling what it found", () => {
  expect(siteConfigProblems({})).toEqual([
    "globalHeaders lacks content-security-policy",
    "globalHeaders lacks strict-transport-security",
    "globalHeaders lacks x-content-type-options: nosniff",
    "routes do not end with `/*` for named roles",
  ]);
  const sound = {
    globalHeaders: {
      "Content-Security-Policy": "default-src 'self'",
      "Strict-Transport-Security": "max-age=1",
      "X-Content-Type-Options": "nosniff",
    },
    routes: [{ route: "/*", allowedRoles: ["authenticated"] }],
  };
  expect(siteConfigProblems(sound)).toEqual([]);
  const outputs = {
    url: "https://app.example",
    storage: "DefaultEndpointsProtocol=https;AccountKey=abcdefghijklmnopqrstuvwxyz0123456789==",
    nested: { pem: "-----BEGIN PRIVATE KEY-----" },
  };
  expect(secretsInClear(outputs)).toEqual(["storage", "nested.pem"]);
});

it(`knows ${ACCOUNT} in a plan of a hundred within the budget`, () => {
  const plan = Array.from({ length: 100 }, (_, index) => ({
    ...(GOOD_PLAN[index % GOOD_PLAN.length] as PlannedResource),
    urn: `urn:${index}`,
  }));
  judged(plan);
  const begin = performance.now();
  judged(plan);
  expect(performance.now() - begin).toBeLessThan(50);
});
