import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { until } from "../testing/until.ts";

const VICTIM = fileURLToPath(new URL("../testing/victim.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "devfactory-victim-"));
const started: ChildProcess[] = [];
afterAll(() => {
  for (const each of started) each.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** Starts an emulator and waits for the address that it prints. */
async function start(...more: string[]): Promise<{ child: ChildProcess; host: string }> {
  const child = spawn(process.execPath, [VICTIM, folder, ...more], { stdio: ["ignore", "pipe", "inherit"] });
  started.push(child);
  let host = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    host += text;
  });
  await until(async () => host.endsWith("\n"));
  return { child, host: host.trim() };
}

/** Processes whose command line or environment names the folder or the app's script. */
function survivors(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        return command.includes("CONTAINER_APP_REVISION") || command.includes(folder) ? [command] : [];
      } catch {
        return []; // it ended meanwhile
      }
    });
}

it("when the emulator is killed its replicas die with it, and the next one brings the app back at its address", async () => {
  const first = await start("setup");
  const revision = await (await fetch(`http://${first.host}/`)).text();
  expect(revision).toMatch(/^web--[0-9a-f]{7}$/);
  expect(survivors().length).toBeGreaterThan(1);
  first.child.kill("SIGKILL");
  await until(async () => survivors().length === 0);
  const second = await start();
  const answer = await fetch(`http://${second.host}/`, { headers: { connection: "close" } });
  expect([second.host, await answer.text()]).toEqual([first.host, revision]);
});
