import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { SandboxLimits } from "./limits.ts";
import { hasBubblewrap, runInSandbox } from "./runInSandbox.ts";

const wrapped = await hasBubblewrap();
let workdir: string;

beforeEach(async () => {
  workdir = await mkdtemp(join(tmpdir(), "sandbox-test-"));
});

function node(program: string, limits: Partial<SandboxLimits> = {}) {
  const command = [wrapped ? "/runtime/bin/node" : process.execPath, "--input-type=module", "--eval", program];
  return runInSandbox({ workdir, command, network: "none", limits: { seconds: 20, ...limits } });
}

it("what it prints, its exit code and what it writes come back", async () => {
  const result = await node(
    `import { writeFileSync } from "node:fs"; writeFileSync("made", "x"); console.log("out"); console.error("err"); process.exit(3);`,
  );
  expect(result).toMatchObject({ exitCode: 3, stdout: "out\n", stderr: "err\n", timedOut: false });
  expect(await readdir(workdir)).toEqual(["made"]);
});

it("no variable of the host gets in", async () => {
  process.env.CANARY_SECRET = "canary";
  const result = await node(
    `import { readFileSync } from "node:fs"; console.log(JSON.stringify(process.env) + readFileSync("/proc/1/environ", "utf8"))`,
  );
  delete process.env.CANARY_SECRET;
  expect(result.stdout + result.stderr).not.toContain("canary");
});

it("endless output is cut, and the time limit ends it with its children", async () => {
  const program = `import { spawn } from "node:child_process"; spawn("sleep", ["600"]); setInterval(() => process.stdout.write("y".repeat(10000)), 1);`;
  const result = await node(program, { seconds: 1, outputBytes: 1000 });
  expect([result.timedOut, result.exitCode, result.stdout.slice(0, 1000)]).toEqual([true, undefined, "y".repeat(1000)]);
  expect(result.stdout.length).toBeLessThan(1100);
});

it("a file cannot grow beyond its limit", async () => {
  const result = await node(
    `import { writeFileSync } from "node:fs"; try { writeFileSync("big", Buffer.alloc(5e6)); } catch (error) { console.log(error.code); }`,
    { fileMb: 1 },
  );
  expect((await readFile(join(workdir, "big"))).length).toBeLessThanOrEqual(1024 * 1024);
  expect(result.exitCode === 0 ? result.stdout : "ended").toMatch(/EFBIG|ended/);
});

describe.runIf(wrapped)("with bubblewrap", () => {
  it("there is no network but its own loopback", async () => {
    const hits: string[] = [];
    const server = createServer((request, response) => {
      hits.push(request.url ?? "");
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const result = await node(`
      import { networkInterfaces } from "node:os";
      const answer = (url) => fetch(url).then(() => "reached", () => "refused");
      console.log(Object.keys(networkInterfaces()).join(), await answer("http://127.0.0.1:${port}/"), await answer("http://169.254.169.254/"));`);
    server.close();
    expect([result.stdout.trim(), hits]).toEqual(["lo refused refused", []]);
  });

  it("homes, the checkout and other processes cannot be seen, and the system cannot be written", async () => {
    const paths = JSON.stringify([homedir(), "/home", "/root", import.meta.dirname, "/etc/passwd", "/var", "/work"]);
    const result = await node(`
      import { existsSync, readdirSync, writeFileSync } from "node:fs";
      const writable = ["/usr/x", "/bin/x", "/runtime/x", "/x/y"].filter((path) => { try { writeFileSync(path, ""); return true; } catch { return false; } });
      const processes = readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name)).length;
      console.log(JSON.stringify({ seen: ${paths}.filter((path) => existsSync(path)), writable, few: processes < 5, uid: process.getuid() }));`);
    expect(JSON.parse(result.stdout)).toEqual({ seen: [], writable: [], few: true, uid: 1000 });
  });

  it("bubblewrap's processes stay in the group that is killed, from their first moment; the program has a session of its own", async () => {
    const group = (pid: string) => `Number(readFileSync("/proc/${pid}/stat", "utf8").split(" ")[4])`;
    const program = `import { readFileSync } from "node:fs"; console.log(${group("1")}, ${group("self")} === process.pid);`;
    // 0 stands for a group outside the namespace.
    expect((await node(program)).stdout).toBe("0 true\n");
  });

  it("a crowd of processes is ended at its limit, long before its time is over", async () => {
    const program = `import { spawn } from "node:child_process"; for (let n = 0; n < 150; n += 1) spawn("sleep", ["60"]); setInterval(() => {}, 1000);`;
    const result = await node(program, { processes: 50 });
    expect([result.exitCode, result.timedOut, result.seconds < 10]).toEqual([undefined, false, true]);
  });
});
