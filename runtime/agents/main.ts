import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadAgents } from "../agents.ts";
import { RuntimeError } from "../errors.ts";
import { TEMPLATE } from "../models/index.ts";
import { runTask } from "../runTask.ts";
import { type AgentId, AgentTask } from "../task.ts";
import { BlobTask } from "./blobTask.ts";

/**
 * What every agent's container runs: `--describe` prints what it is; else it does the task that DEVFACTORY_TASK names, and the
 * exit code says whether it left a result.
 */
export async function main(id: AgentId): Promise<void> {
  if (process.argv.includes("--describe")) {
    process.stdout.write(`${JSON.stringify(describe(id), null, 2)}\n`);
    return;
  }
  const name = setting("DEVFACTORY_TASK");
  const blobs = BlobTask.open(setting("AZURE_STORAGE_BLOB_ENDPOINT"), name, process.env);
  const task = AgentTask.parse(await blobs.readTask());
  if (task.agent !== id) throw new RuntimeError("AGENTS_INVALID", { problem: `${id} got a task for ${task.agent}` });
  const folder = await mkdtemp(join(tmpdir(), "devfactory-workspace-"));
  if (task.workspace) await blobs.downloadWorkspace(task.workspace, folder);
  await blobs.startEvents();
  const stop = new AbortController();
  process.once("SIGTERM", () => stop.abort());
  const door = task.model.provider === TEMPLATE ? undefined : await blobs.takeDoor();
  const result = await runTask(task, folder, {
    events: (event) => blobs.writeEvent(event),
    signal: stop.signal,
    ...(door && { door }),
  });
  await blobs.finishEvents();
  await blobs.uploadFiles(
    folder,
    result.files.map((file) => file.path),
  );
  await blobs.writeResult(result); // last: whoever sees it finds the rest
  process.stdout.write(
    `${JSON.stringify({ agent: id, task: name, status: result.status, summary: result.summary })}\n`,
  );
}

function describe(id: AgentId): object {
  const agent = loadAgents().get(id);
  if (!agent) throw new RuntimeError("AGENTS_INVALID", { problem: `no ${id}` });
  const { role, image, model, limits, writes, tools } = agent;
  const described = tools.map(({ name, effect, description }) => ({ name, effect, description }));
  return { id, role, image, model, limits, writes, tools: described };
}

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new RuntimeError("TASK_SETTING_MISSING", { name });
  return value;
}
