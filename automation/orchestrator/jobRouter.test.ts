import { AppSpec } from "@devfactory/stacks/spec/index.ts";
import { expect, it } from "vitest";
import { chooseModel, TEMPLATE_MODEL } from "./costOptimizer.ts";
import { builders, type Progress, repairers, route } from "./jobRouter.ts";

const web = AppSpec.parse({ version: 1, name: "clinic", title: "Clinic", services: [{ name: "web", kind: "web" }] });
const site = AppSpec.parse({ version: 1, name: "site", title: "Site", services: [{ name: "home", kind: "static" }] });
const worker = AppSpec.parse({ version: 1, name: "nightly", title: "N", services: [{ name: "run", kind: "job" }] });
const finding = { check: "types", message: "wrong", path: "frontend/app.ts" };

const base: Progress = { generated: false, checks: [], maxRepairs: 2 };

it.each<[string, Progress, object]>([
  ["nothing yet", base, { kind: "run", step: "plan", stages: [["planner_agent"]] }],
  [
    "a plan",
    { ...base, spec: web },
    { kind: "run", step: "generate", stages: [["frontend_agent", "backend_agent"], ["infra_agent"]] },
  ],
  ["code", { ...base, spec: web, generated: true }, { kind: "run", step: "check", stages: [["qa_agent"]] }],
  ["a clean check", { ...base, spec: web, generated: true, checks: [[]] }, { kind: "deploy" }],
  [
    "findings",
    { ...base, spec: web, generated: true, checks: [[finding]] },
    { kind: "run", step: "repair-1", stages: [["frontend_agent"], ["qa_agent"]], findings: [finding] },
  ],
  ["findings again", { ...base, spec: web, generated: true, checks: [[finding], [finding]] }, { step: "repair-2" }],
  ["repaired", { ...base, spec: web, generated: true, checks: [[finding], []] }, { kind: "deploy" }],
  [
    "too many repairs",
    { ...base, spec: web, generated: true, checks: [[finding], [finding], [finding]] },
    { kind: "giveUp", repairs: 2, findings: [finding] },
  ],
])("after %s", (_case, progress, next) => {
  expect(route(progress)).toMatchObject(next);
});

it("only agents that a spec needs write code", () => {
  expect([builders(web), builders(site), builders(worker)]).toEqual([
    ["frontend_agent", "backend_agent"],
    ["frontend_agent"],
    ["backend_agent"],
  ]);
});

it.each([
  [["backend/api/x.ts"], ["backend_agent"]],
  [
    ["app/frontend/x.ts", "backend/y.ts"],
    ["frontend_agent", "backend_agent"],
  ],
  [["infra/index.ts"], ["infra_agent"]],
  [["devfactory.yaml"], ["infra_agent"]],
  [["package.json"], ["frontend_agent", "backend_agent"]],
  [[undefined], ["frontend_agent", "backend_agent"]],
])("findings in %j go to %j", (paths, agents) => {
  expect(
    repairers(
      web,
      paths.map((path) => ({ check: "c", message: "m", path })),
    ),
  ).toEqual(agents);
});

it.each([
  [0, 1, "small"],
  [1, 1, "big"],
  [5, 1, "big"],
  [1, 0.05, "small"],
  [0, 0.001, TEMPLATE_MODEL.name],
])("after %i failures with %f USD left the model is %s", (failures, leftUsd, name) => {
  const record = { provider: "p", task: "qa_agent", runs: 10 };
  const records = [
    { ...record, name: "big", usdPerRun: 0.4, passed: 10 },
    { ...record, name: "small", usdPerRun: 0.02, passed: 8 },
    { ...record, name: "bad", usdPerRun: 0.001 * 5, passed: 2 },
    { ...record, name: "other", task: "planner_agent", usdPerRun: 0.002, passed: 10 },
  ];
  expect(chooseModel(records, { task: "qa_agent", failures, leftUsd }).name).toBe(name);
});
