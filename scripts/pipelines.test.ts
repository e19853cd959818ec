import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import type { PlanDocument } from "@devfactory/automation/plan/planDocument.ts";
import { workflowFindings } from "@devfactory/runtime/checks/scan.ts";
import { infraFiles } from "@devfactory/runtime/generators/infra/infra.ts";
import { AppSpec } from "@devfactory/stacks/spec/index.ts";
import { expect, it } from "vitest";
import { parse } from "yaml";

const ROOT = resolve(import.meta.dirname, "..");
const spec = AppSpec.parse({ version: 1, name: "clinic", title: "Clinic", services: [{ name: "web", kind: "web" }] });
const generated = infraFiles(spec);
const own = Object.fromEntries(
  readdirSync(join(ROOT, ".github/workflows")).map((name) => [
    name,
    readFileSync(join(ROOT, ".github/workflows", name), "utf8"),
  ]),
);

interface Workflow {
  readonly permissions: unknown;
  readonly jobs: Readonly<
    Record<
      string,
      { readonly permissions?: unknown; readonly steps: readonly { readonly run?: string; readonly env?: object }[] }
    >
  >;
}

const CHECKS = [
  ["of this repository", own["pull-request.yml"] ?? "", { contents: "read", "pull-requests": "write" }],
  [
    "of a generated app",
    generated[".github/workflows/pull-request.yml"] ?? "",
    { contents: "read", "pull-requests": "write", "id-token": "write" },
  ],
] as const;

it.each(CHECKS)(
  "the check %s has the least rights, pinned actions, no secret, and the token in one step",
  (_, text, rights) => {
    expect(workflowFindings("pull-request.yml", text)).toEqual([]);
    expect(text).not.toMatch(/secrets\.|pull_request_target/);
    const { permissions, jobs } = parse(text) as Workflow;
    expect([permissions, jobs.check?.permissions]).toEqual([{ contents: "read" }, rights]);
    for (const [name, job] of Object.entries(jobs))
      if (name !== "check") expect([name, job.permissions]).toEqual([name, undefined]);
    const withToken = Object.values(jobs).flatMap(({ steps }) => steps.filter(({ env = {} }) => "GITHUB_TOKEN" in env));
    expect(withToken.map(({ run = "" }) => / pr /.test(run))).toEqual([true]);
    // No expression in a script: a branch name would become a command.
    for (const { steps } of Object.values(jobs))
      for (const { run = "" } of steps) expect(run).not.toMatch(/\$\{\{\s*github\./);
  },
);

it("every checkout leaves no credentials behind", () => {
  for (const text of [...Object.values(own), generated[".github/workflows/pull-request.yml"] ?? ""]) {
    const checkouts = text.match(/actions\/checkout@/g)?.length ?? 0;
    expect([checkouts > 0, text.match(/persist-credentials: false/g)?.length]).toEqual([true, checkouts]);
  }
});

interface Pipeline {
  readonly jobs?: readonly Job[];
  readonly stages?: readonly { readonly jobs: readonly Job[] }[];
}
interface Job {
  readonly job?: string;
  readonly steps?: readonly { readonly script?: string; readonly env?: object }[];
}

it.each([
  ["of this repository", readFileSync(join(ROOT, "azure-pipelines.yml"), "utf8")],
  ["of a generated app", generated["azure-pipelines.yml"] ?? ""],
])("the Azure pipeline %s gives the token to the check alone", (_, text) => {
  const { jobs, stages } = parse(text) as Pipeline;
  const steps = [...(jobs ?? []), ...(stages ?? []).flatMap((stage) => stage.jobs)].flatMap((job) => job.steps ?? []);
  const withToken = steps.filter(({ env = {} }) => "SYSTEM_ACCESSTOKEN" in env);
  expect(withToken.map(({ script = "" }) => /main\.ts"? pr /.test(script))).toEqual([true]);
});

it("this repository's pull requests are judged with the platform's waivers", () => {
  for (const text of [own["pull-request.yml"] ?? "", readFileSync(join(ROOT, "azure-pipelines.yml"), "utf8")]) {
    expect(text.match(/main\.ts pr .* --waivers (\S+)/)?.[1]).toBe("stacks/platform/waivers.json");
  }
});

it("the platform's own stack is planned without a sign-in", async () => {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME };
  const options = { cwd: ROOT, env, maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await promisify(execFile)(process.execPath, ["scripts/planPlatform.ts", "dev"], options);
  const { region, profile, resources, changes } = JSON.parse(stdout) as PlanDocument;
  expect([region, profile, changes?.length]).toEqual(["eastus", "dev", resources.length]);
  expect(resources.filter(({ type }) => type === "azure-native:app:ContainerApp").map(({ name }) => name)).toEqual(
    expect.arrayContaining(["api-app", "worker-app"]),
  );
});
