import { cp, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AppSpec } from "@devfactory/stacks/spec/index.ts";
import { beforeAll, describe, expect, it } from "vitest";
import { loadAgents, parseAgents } from "./agents.ts";
import { runTask } from "./runTask.ts";
import { dependencies } from "./sandbox/dependencies.ts";
import { hasBubblewrap, INSIDE, runInSandbox } from "./sandbox/runInSandbox.ts";
import { AGENT_IDS, type AgentEvent, type AgentId, type AgentResult, AgentTask } from "./task.ts";

const CLINIC =
  "A veterinary clinic where owners have pets, pets have appointments with a vet, date and reason. List upcoming appointments.";
const CRM =
  "A CRM using Cosmos DB with contacts (name, email, phone) and companies; deals belong to companies and have an amount and a close date";

async function run(
  folder: string,
  agent: AgentId,
  rest: object,
): Promise<{ result: AgentResult; events: AgentEvent[] }> {
  const events: AgentEvent[] = [];
  const task = AgentTask.parse({ jobId: "job", appId: "app", agent, prompt: "", ...rest });
  const result = await runTask(task, folder, { events: (event) => events.push(event) });
  return { result, events };
}

/** Planner, backend, frontend and infra on one folder. */
async function generate(
  folder: string,
  prompt: string,
  feedback: readonly string[] = [],
  before?: AppSpec,
): Promise<AppSpec> {
  const planned = (await run(folder, "planner_agent", { prompt, feedback, spec: before })).result;
  let spec = planned.spec as AppSpec;
  for (const agent of ["backend_agent", "frontend_agent", "infra_agent"] as const) {
    const { result } = await run(folder, agent, { spec });
    expect([agent, result.status, result.error]).toEqual([agent, "succeeded", undefined]);
    spec = result.spec ?? spec;
  }
  return spec;
}

/** Applies the first migration, adds rows, applies the second, and reads them again: in the sandbox, on a real database. */
async function migrateWithData(folder: string): Promise<Record<string, unknown>> {
  const program = `
    import { readFileSync } from "node:fs";
    import { openLocal } from "./backend/store/database.ts";
    const database = await openLocal();
    await database.script(readFileSync("backend/migrations/0001_initial.sql", "utf8"));
    const id = "00000000-0000-4000-8000-000000000001";
    await database.script("INSERT INTO owners (id, name) VALUES ('" + id + "', 'Ann'); INSERT INTO pets (id, name, owner) VALUES ('" + id + "', 'Rex', '" + id + "'); INSERT INTO appointments (id, pet, reason) VALUES ('" + id + "', '" + id + "', 'checkup');");
    await database.script(readFileSync("backend/migrations/0002_change.sql", "utf8"));
    console.log(JSON.stringify((await database.query("SELECT owners.name, notes, phone FROM appointments JOIN pets ON pets.id = pet JOIN owners ON owners.id = owner", []))[0]));
    process.exit(0);`;
  const install = await dependencies(folder);
  if (!install.ok) throw new Error(install.output);
  const node = (await hasBubblewrap()) ? "/runtime/bin/node" : process.execPath;
  const command = [node, "--input-type=module", "--eval", program];
  const mounts = { [`${INSIDE}/node_modules`]: install.modules };
  const { stdout, stderr } = await runInSandbox({ workdir: folder, command, network: "none", mounts });
  return JSON.parse(stdout || JSON.stringify({ stderr }));
}

const temporary = () => mkdtemp(join(tmpdir(), "run-task-"));

describe("an app on Postgres", () => {
  let folder: string;
  let spec: AppSpec;
  beforeAll(async () => {
    folder = await temporary();
    spec = await generate(folder, CLINIC);
  });

  it("has everything that it needs of its own", async () => {
    expect((await readdir(folder)).sort()).toEqual([
      ".dockerignore",
      ".github",
      ".gitignore",
      "Dockerfile",
      "README.md",
      "azure-pipelines.yml",
      "backend",
      "devfactory.yaml",
      "frontend",
      "infra",
      "package-lock.json",
      "package.json",
    ]);
    expect(JSON.parse(await readFile(join(folder, "package.json"), "utf8")).name).toBe("app");
  });

  it("passes its own tests, starts, answers and holds nothing unsafe", async () => {
    const { result } = await run(folder, "qa_agent", { spec });
    expect([result.findings, result.summary]).toEqual([
      [],
      "All checks passed: dependencies, secrets, code, pipeline, install, syntax, tests, smoke.",
    ]);
    expect(await readdir(folder)).not.toContain("node_modules");
  });

  it("written again, nothing changes", async () => {
    const { result } = await run(folder, "backend_agent", { spec });
    expect(result.files).toEqual([]);
  });

  it("a broken file and a secret are found, and the repair of the backend ends it", async () => {
    const broken = await temporary();
    await cp(folder, broken, { recursive: true });
    await writeFile(join(broken, "backend/api/query.ts"), "export const = 1;");
    await writeFile(
      join(broken, "backend/views.ts"),
      `export const views = [];\nconst key = "AccountKey=${"a".repeat(64)}";\n`,
    );
    const { result } = await run(broken, "qa_agent", { spec });
    expect(result.findings.map(({ check, path }) => `${check} ${path}`)).toEqual(
      expect.arrayContaining(["secrets backend/views.ts", "syntax backend/api/query.ts"]),
    );
    expect(JSON.stringify(result.findings)).not.toContain("aaaaaaaa");
    const repair = await run(broken, "backend_agent", { spec, findings: result.findings });
    expect(repair.result.files.map((file) => file.path)).toEqual(["backend/api/query.ts", "backend/views.ts"]);
    expect((await run(broken, "qa_agent", { spec })).result.findings).toEqual([]);
  });

  it("feedback changes model, pages and tables, and the changed app passes", async () => {
    const changed = await temporary();
    await cp(folder, changed, { recursive: true });
    const wishes = [
      "add a phone number to owners",
      "rename reason to notes",
      "also track vaccines with a name and date per pet",
    ];
    const after = await generate(changed, CLINIC, wishes, spec);
    expect(await readFile(join(changed, "backend/migrations/0002_change.sql"), "utf8")).toBe(
      [
        'ALTER TABLE "owners" ADD COLUMN "phone" text;',
        'ALTER TABLE "appointments" RENAME COLUMN "reason" TO "notes";',
        `CREATE TABLE "vaccines" (\n  "id" uuid PRIMARY KEY,\n  "name" text NOT NULL,\n  "date" date,\n  "pet" uuid NOT NULL,\n  "created_at" timestamptz NOT NULL DEFAULT now(),\n  "updated_at" timestamptz NOT NULL DEFAULT now()\n);`,
        'CREATE INDEX "vaccines_created_at" ON "vaccines" ("created_at");',
        'ALTER TABLE "vaccines" ADD CONSTRAINT "vaccines_pet_fkey" FOREIGN KEY ("pet") REFERENCES "pets" ("id");',
        'CREATE INDEX "vaccines_pet" ON "vaccines" ("pet");\n',
      ].join("\n\n"),
    );
    expect((await run(changed, "qa_agent", { spec: after })).result.findings).toEqual([]);
    const { name, notes, phone } = await migrateWithData(changed);
    expect([name, notes, phone]).toEqual(["Ann", "checkup", null]);
  });
});

it("an app on Cosmos passes its own tests and asks for a container for each entity", async () => {
  const folder = await temporary();
  const spec = await generate(folder, CRM);
  expect(spec.resources).toEqual([
    {
      name: "db",
      kind: "cosmos",
      containers: ["contacts", "companies", "deals"].map((name) => ({ name, partitionKey: "/id" })),
    },
  ]);
  expect((await run(folder, "qa_agent", { spec })).result.findings).toEqual([]);
});

it("events tell the whole story in order", async () => {
  const { events } = await run(await temporary(), "planner_agent", { prompt: CLINIC });
  expect(events.map((event) => `${event.type} ${event.message}`)).toEqual([
    "agent_started planner_agent started",
    "tool list_files",
    "file devfactory.yaml",
    "tool write_spec",
    "message I plan an app that keeps owners, pets, appointments and vets.",
    "message The plan has Owner, Pet, Appointment and Vet.",
    "agent_finished planner_agent: The plan has Owner, Pet, Appointment and Vet.",
  ]);
});

it("the infra agent asks the catalogue, chooses what it allows, and says cost class and replacement risk", async () => {
  const folder = await temporary();
  const prompt = "Owners have pets. The database has 100 GB and is highly available.";
  const { result: planned } = await run(folder, "planner_agent", { prompt });
  expect(planned.spec?.model?.entities.map(({ name }) => name)).toEqual(["Owner", "Pet"]);
  expect(planned.notUnderstood).toEqual([]);
  const { result, events } = await run(folder, "infra_agent", { prompt, spec: planned.spec });
  expect(events.filter(({ type }) => type === "tool").map(({ message }) => message)).toEqual([
    "describe_kinds",
    "write_spec",
    "generate_infrastructure",
  ]);
  expect(result.spec?.resources).toEqual([
    { name: "db", kind: "postgres", storageGb: 128, sku: "Standard_D2s_v3", highAvailability: true },
  ]);
  expect(result.summary).toContain("db: storageGb 128, the next size after 100.");
  expect(result.summary).toContain(
    "db (PostgresServer): under 50 (16.09) USD a month when idle in dev; 16 USD a month in dev, over 50 in production.",
  );
  expect(result.summary).toContain("A change of name or region makes it anew, without its data.");
  expect(await readFile(join(folder, "devfactory.yaml"), "utf8")).toContain("storageGb: 128");
});

it("a request without content waits for an answer", async () => {
  const { result } = await run(await temporary(), "planner_agent", { prompt: "hello" });
  expect(result).toMatchObject({
    status: "waiting",
    files: [],
    questions: [expect.stringContaining("What should the app keep track of?")],
  });
});

it("an agent without a plan fails with words, not with a crash", async () => {
  const { result } = await run(await temporary(), "backend_agent", { prompt: CLINIC });
  const error = { code: "TOOL_FAILED", message: "generate_backend: The task has no spec with a data model." };
  expect(result).toMatchObject({ status: "failed", files: [], error });
});

describe("agents.json", () => {
  it("has every agent with instructions that name it", () => {
    const agents = loadAgents();
    expect([...agents.keys()].sort()).toEqual([...AGENT_IDS].sort());
    for (const [id, agent] of agents) expect(agent.instructions).toContain(`You are the ${id}`);
  });

  it("only the qa agent may hold a tool that runs things", async () => {
    const content = JSON.parse(await readFile(join(import.meta.dirname, "agents.json"), "utf8"));
    content.agents[0].tools.push("run_checks");
    expect(() => parseAgents(content, import.meta.dirname)).toThrow("planner_agent may not hold run_checks (run)");
  });
});
