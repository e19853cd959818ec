import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as automation from "@pulumi/pulumi/automation/index.js";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ENGINE_ROOT } from "../../../emulator/engine/inProcess.ts";

/** These scenarios run the executable, a program of its own process, and a plugin of its own process. */
const folder = mkdtempSync(join(tmpdir(), "engine-disk-"));
const workDir = join(folder, "testing", "program");
const env = {
  PULUMI_BACKEND_URL: `file://${folder}`,
  PULUMI_CONFIG_PASSPHRASE: "pw",
  PULUMI_HOME: join(folder, "home"),
  PATH: `${join(ENGINE_ROOT, "testing", "bin")}:${process.env.PATH}`,
};
let command: automation.PulumiCommand;
let stack: automation.Stack;

beforeAll(async () => {
  cpSync(join(ENGINE_ROOT, "testing", "program"), workDir, { recursive: true });
  cpSync(join(ENGINE_ROOT, "testing", "thing.ts"), join(folder, "testing", "thing.ts"));
  cpSync(join(ENGINE_ROOT, "testing", "program", "package.json"), join(folder, "package.json"));
  symlinkSync(join(ENGINE_ROOT, "..", "..", "node_modules"), join(folder, "node_modules"));
  command = await automation.PulumiCommand.get({ root: ENGINE_ROOT });
  stack = await automation.LocalWorkspace.createOrSelectStack(
    { stackName: "dev", workDir },
    { pulumiCommand: command, envVars: env },
  );
  await stack.setConfig("password", { value: "s3cr3t", secret: true });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("prints the version that the SDK expects", () => {
  expect(command.version?.version).toBe("3.270.0");
});

it("runs a TypeScript program and a plugin from PATH", async () => {
  const lines: string[] = [];
  const { outputs, summary } = await stack.up({ onOutput: (text) => lines.push(text) });
  expect(summary.resourceChanges).toEqual({ create: 2 });
  expect(outputs.echo).toEqual({ value: 3, secret: false });
  expect(outputs.password).toEqual({ value: "s3cr3t", secret: true });
  expect(lines.join("")).toContain("said by the program");
  expect(lines.join("")).not.toContain("s3cr3t");
});

it("reports a program that throws, once", async () => {
  await stack.setConfig("size", { value: "no number" });
  const said: string[] = [];
  await expect(stack.up({ onOutput: (text) => void said.push(text) })).rejects.toThrow("error: update failed");
  expect(said.join("").split("Configuration 'disk:size' value 'no number' is not a valid number")).toHaveLength(2);
  await stack.removeConfig("size");
});

it("27 and 28 survives a kill in the middle of a create: lock and pending operation stay, the next operation takes over", async () => {
  await stack.setConfig("size", { value: "4" });
  await stack.destroy();
  await stack.setConfig("holdMs", { value: "60000" });
  const child = spawn(join(ENGINE_ROOT, "bin", "pulumi"), ["up", "--yes", "--skip-preview", "--stack", "dev"], {
    cwd: workDir,
    env: { ...process.env, ...env },
    stdio: "ignore",
    detached: true,
  });
  const journal = join(folder, ".pulumi", "stacks", "disk", "dev.journal");
  while (!(existsSync(journal) && (await stack.exportStack()).deployment.pending_operations)) {
    await new Promise((resolve) => setTimeout(resolve, 100)); // the process tells nobody when it is in the middle
  }
  process.kill(-(child.pid ?? 0), "SIGKILL"); // with its program and plugin, as a machine that loses power
  await once(child, "exit");
  const locks = () => readdirSync(join(folder, ".pulumi", "locks", "organization", "disk", "dev"));
  await stack.removeConfig("holdMs");
  const warned = await stack.preview();
  expect(warned.stdout).toContain("with 1 pending operations from previous deployment");
  expect([locks().length, existsSync(journal)]).toEqual([1, true]); // who only looks changes nothing
  const refreshed = await stack.refresh({ clearPendingCreates: true });
  expect(refreshed.stdout).toMatch(
    /warning: took over the lock of \S+ \(pid \d+\) of \S+: that process is no longer running/,
  );
  expect([locks(), existsSync(journal)]).toEqual([[], false]);
  expect((await stack.exportStack()).deployment.pending_operations).toBeUndefined();
  expect((await stack.up()).summary.resourceChanges).toEqual({ create: 1, same: 1 });
});
