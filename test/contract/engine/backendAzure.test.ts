import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as automation from "@pulumi/pulumi/automation/index.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINE_ROOT, inProcessCommand } from "../../../emulator/engine/inProcess.ts";
import {
  azuriteMissing,
  type BlobStore,
  startAzurite,
  startOwnStorage,
} from "../../../emulator/engine/testing/blobStores.ts";

/** A program and a plugin of their own processes, and state in blobs: once through the executable, once in this process. */
const SERVICES = [
  { name: "our own storage", start: startOwnStorage, missing: undefined, open: async () => inProcessCommand() },
  {
    name: `Azurite${azuriteMissing ? ` (${azuriteMissing})` : ""}`,
    start: startAzurite,
    missing: azuriteMissing,
    open: () => automation.PulumiCommand.get({ root: ENGINE_ROOT }),
  },
];

describe.each(SERVICES)("state in azblob://, $name", ({ start, missing, open }) => {
  const folder = mkdtempSync(join(tmpdir(), "engine-azblob-"));
  const workDir = join(folder, "testing", "program");
  let store: BlobStore;
  let env: Record<string, string>;
  let pulumiCommand: automation.PulumiCommand;
  let stack: automation.Stack;

  beforeAll(async () => {
    if (missing) return;
    cpSync(join(ENGINE_ROOT, "testing", "program"), workDir, { recursive: true });
    cpSync(join(ENGINE_ROOT, "testing", "thing.ts"), join(folder, "testing", "thing.ts"));
    cpSync(join(ENGINE_ROOT, "testing", "program", "package.json"), join(folder, "package.json"));
    symlinkSync(join(ENGINE_ROOT, "..", "..", "node_modules"), join(folder, "node_modules"));
    store = await start();
    env = {
      ...store.env,
      PULUMI_BACKEND_URL: `${store.url}/team`,
      PULUMI_CONFIG_PASSPHRASE: "pw",
      PULUMI_HOME: join(folder, "home"),
      PATH: `${join(ENGINE_ROOT, "testing", "bin")}:${process.env.PATH}`,
    };
    pulumiCommand = await open();
    stack = await automation.LocalWorkspace.createStack({ stackName: "dev", workDir }, { pulumiCommand, envVars: env });
    await stack.setConfig("password", { value: "s3cr3t", secret: true });
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await store?.[Symbol.asyncDispose]();
  });

  /** Runs `up` until it is in the middle of a create that does not end. */
  async function upInTheMiddle(): Promise<ChildProcess> {
    await stack.setConfig("holdMs", { value: "60000" });
    const child = spawn(join(ENGINE_ROOT, "bin", "pulumi"), ["up", "--yes", "--skip-preview", "--stack", "dev"], {
      cwd: workDir,
      env: { ...process.env, ...env },
      stdio: "ignore",
      detached: true,
    });
    while (!(await stack.exportStack()).deployment.pending_operations) {
      await new Promise((resolve) => setTimeout(resolve, 100)); // the process tells nobody when it is in the middle
    }
    return child;
  }

  async function kill(child: ChildProcess): Promise<void> {
    process.kill(-(child.pid ?? 0), "SIGKILL"); // with its program and plugin, as a machine that loses power
    await once(child, "exit");
  }

  it.skipIf(missing)("up, again, and the outputs; the blobs stand where the real CLI looks for them", async () => {
    const first = await stack.up();
    expect(first.summary.resourceChanges).toEqual({ create: 2 });
    expect(first.outputs.password).toEqual({ value: "s3cr3t", secret: true });
    expect((await stack.up()).summary.resourceChanges).toEqual({ same: 2 });
    const names = (await store.names()).map((name) => name.replaceAll(/\d{19}/g, "NS"));
    expect(names).toEqual([
      "team/.pulumi/backups/disk/dev/dev.NS.json",
      "team/.pulumi/backups/disk/dev/dev.NS.json",
      "team/.pulumi/history/disk/dev/dev-NS.checkpoint.json",
      "team/.pulumi/history/disk/dev/dev-NS.history.json",
      "team/.pulumi/history/disk/dev/dev-NS.checkpoint.json",
      "team/.pulumi/history/disk/dev/dev-NS.history.json",
      "team/.pulumi/meta.yaml",
      "team/.pulumi/stacks/disk/dev.json",
      "team/.pulumi/stacks/disk/dev.json.bak",
    ]);
  });

  it.skipIf(missing)("a living operation is respected, and read without being disturbed", async () => {
    await stack.destroy();
    const child = await upInTheMiddle();
    await expect(stack.up()).rejects.toThrow(automation.ConcurrentUpdateError);
    const { deployment } = await stack.exportStack();
    expect(deployment.pending_operations.map(({ type }: { type: string }) => type)).toEqual(["creating"]);
    const inTheMiddle = (await store.names()).filter((name) => /locks|journal/.test(name));
    expect(inTheMiddle.map((name) => name.replace(/[0-9a-f-]{36}/, "UUID"))).toEqual([
      "team/.pulumi/locks/organization/disk/dev/UUID.json",
      "team/.pulumi/stacks/disk/dev.journal",
    ]);
    await kill(child);
  });

  it.skipIf(missing)("after a kill the next command takes over and writes down what the journal says", async () => {
    const { deployment } = await stack.exportStack();
    expect(deployment.pending_operations.map(({ type }: { type: string }) => type)).toEqual(["creating"]);
    expect((await store.names()).filter((name) => /locks|journal/.test(name))).toEqual([]);
    await stack.removeConfig("holdMs");
    await stack.refresh({ clearPendingCreates: true });
    expect((await stack.up()).summary.resourceChanges).toEqual({ create: 1, same: 1 });
  });

  it.skipIf(missing)("history, rename, remove", async () => {
    const kinds = (await stack.history()).map(({ kind, result }) => `${kind} ${result}`);
    expect(kinds).toEqual([
      "update succeeded",
      "refresh succeeded",
      "destroy succeeded",
      "update succeeded",
      "update succeeded",
    ]);
    await stack.rename({ stackName: "prod" });
    const stacks = (await store.names()).filter((name) => name.includes("/stacks/"));
    expect(stacks).toEqual(["team/.pulumi/stacks/disk/prod.json"]);
    const renamed = await automation.LocalWorkspace.selectStack(
      { stackName: "prod", workDir },
      { pulumiCommand, envVars: env },
    );
    expect((await renamed.up()).summary.resourceChanges).toEqual({ same: 2 });
    expect((await renamed.history())[5]?.kind).toBe("update");
    await renamed.destroy();
    await renamed.workspace.removeStack("prod");
    const left = (await store.names()).filter((name) => !name.startsWith("team/.pulumi/backups/disk/dev/"));
    expect(left).toEqual(["team/.pulumi/meta.yaml"]); // backups stay under the name that the stack had
  });
});
