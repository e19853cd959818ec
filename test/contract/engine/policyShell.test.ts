import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ENGINE_ROOT } from "../../../emulator/engine/inProcess.ts";
import { PackShelf, RULES, TYPED } from "../../../emulator/engine/testing/policies/packs.ts";

/** The executable from a shell, with a program on disk. */
const shelf = new PackShelf();
const workDir = join(shelf.folder, "testing", "program");
const executable = join(ENGINE_ROOT, "bin", "pulumi");
const env = {
  ...process.env,
  PULUMI_BACKEND_URL: `file://${shelf.folder}`,
  PULUMI_CONFIG_PASSPHRASE: "pw",
  PULUMI_HOME: join(shelf.folder, "home"),
  PATH: `${join(ENGINE_ROOT, "testing", "bin")}:${process.env.PATH}`,
};
const up = ["up", "--yes", "--skip-preview", "--stack", "dev"];

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function pulumi(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(executable, args, { cwd: workDir, env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

beforeAll(async () => {
  mkdirSync(join(shelf.folder, "testing"));
  cpSync(join(ENGINE_ROOT, "testing", "program"), workDir, { recursive: true });
  cpSync(join(ENGINE_ROOT, "testing", "thing.ts"), join(shelf.folder, "testing", "thing.ts"));
  cpSync(join(ENGINE_ROOT, "testing", "program", "package.json"), join(shelf.folder, "package.json"));
  await pulumi("stack", "init", "dev");
  await pulumi("config", "set", "--secret", "password", "s3cr3t");
});

afterAll(() => shelf[Symbol.dispose]());

const FORBIDDEN = `new (require("@pulumi/policy").PolicyPack)("strict", { policies: [{
  name: "never", description: "Never.", enforcementLevel: "mandatory",
  validateResource({ type }, report) { if (type === "test:index:Thing") report("no things"); } }] });`;

it("ends with 1 at a violation, as the real CLI does, and has made nothing", async () => {
  const pack = shelf.pack(FORBIDDEN);
  const config = ["--policy-pack-config", shelf.config({}), "--policy-pack-config", shelf.config({})];
  const ended = await pulumi(...up, "--policy-pack", relative(workDir, pack), "--policy-pack", RULES, ...config);
  expect([ended.code, ended.stderr]).toEqual([1, "error: update failed\n"]);
  const { stdout } = await pulumi("stack", "export", "--stack", "dev");
  expect(stdout).not.toContain("test:index:Thing");
  expect((await pulumi("preview", "--stack", "dev", "--policy-pack", pack)).code).toBe(1);
});

it("takes several packs in one value, and goes on when nothing is violated", async () => {
  const config = `${shelf.config({})},${shelf.config({ owned: { owner: "me" } })}`;
  const ended = await pulumi(...up, `--policy-pack=${RULES},${TYPED}`, `--policy-pack-config=${config}`);
  expect([ended.code, ended.stderr]).toEqual([0, ""]);
  expect((await pulumi("stack", "output", "echo", "--stack", "dev")).stdout).toBe("3\n");
});

it("ends with 2 when a pack is not there, before anything runs", async () => {
  const ended = await pulumi(...up, "--policy-pack", "nowhere");
  const text = `error: failed to load Pulumi policy project located at "${join(workDir, "nowhere")}": there is no such folder\n`;
  expect(ended).toEqual({ code: 2, stdout: "", stderr: text });
});

it("leaves no pack behind when it is killed", async () => {
  const pack = shelf.pack(`
    require("fs").writeFileSync("pid", String(process.pid));
    new (require("@pulumi/policy").PolicyPack)("slow", { policies: [{ name: "slow", description: "Slow.",
      validateResource: () => new Promise(() => undefined) }] });`);
  const child = spawn(executable, ["preview", "--stack", "dev", "--policy-pack", pack], { cwd: workDir, env });
  const file = join(pack, "pid");
  await expect.poll(() => existsSync(file), { timeout: 30_000 }).toBe(true);
  const pid = Number(readFileSync(file, "utf8"));
  child.kill("SIGKILL");
  await once(child, "exit");
  await expect.poll(() => lives(pid), { timeout: 5000 }).toBe(false);
});

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
