import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type TestContext, testContext } from "../../testing/context.ts";

let folder = "";
let context: TestContext;
let host: ChildProcess | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "devfactory-pg-"));
  context = await testContext(folder);
});

afterEach(async () => {
  await kill();
  await vi.waitUntil(() => !existsSync(pidFile()), { timeout: 20_000 });
  await context[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

function pidFile(): string {
  return join(folder, "postgres", "db", "postmaster.pid");
}

async function start(): Promise<number> {
  host = spawn(process.execPath, [join(import.meta.dirname, "serverProcess.ts"), folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(host.stdout ?? host, "data");
  return Number(String(line));
}

async function kill(): Promise<void> {
  if (!host || host.signalCode) return;
  const ended = once(host, "exit");
  host.kill("SIGKILL");
  await ended;
}

async function connect(port: number): Promise<pg.Client> {
  const password =
    (await context.credential("oid").getToken("https://ossrdbms-aad.database.windows.net/.default"))?.token ?? "";
  const client = new pg.Client({
    host: "localhost",
    port,
    user: "boss",
    password,
    database: "postgres",
    ssl: { ca: context.certificates.ca },
  });
  client.on("error", () => {});
  await client.connect();
  return client;
}

it("after SIGKILL of the emulator the cluster ends by itself, and comes back on the same port with what was committed", async () => {
  const port = await start();
  const client = await connect(port);
  await client.query("CREATE TABLE t (n int)");
  for (let n = 0; n < 20; n++) await client.query("INSERT INTO t VALUES ($1)", [n]);
  await client.query("BEGIN; INSERT INTO t VALUES (99)");
  const pid = Number(readFileSync(pidFile(), "utf8").split("\n")[0]);
  await kill();
  await vi.waitUntil(() => !existsSync(`/proc/${pid}`), { timeout: 10_000 });
  expect(await start()).toBe(port);
  const again = await connect(port);
  expect((await again.query("SELECT count(*)::int AS n FROM t")).rows).toEqual([{ n: 20 }]);
  await again.end();
});

it("a start right after the kill waits for the old cluster; a pid file of somebody else is not in the way; a killed cluster is revived", async () => {
  const port = await start();
  await kill();
  expect(await start()).toBe(port);
  process.kill(Number(readFileSync(pidFile(), "utf8").split("\n")[0]), "SIGKILL");
  await vi.waitUntil(
    () =>
      connect(port).then(
        (client) => client.end().then(() => true),
        () => false,
      ),
    { timeout: 20_000, interval: 200 },
  );
  await kill();
  await vi.waitUntil(() => !existsSync(pidFile()), { timeout: 10_000 });
  writeFileSync(pidFile(), `${process.pid}\n`);
  expect(await start()).toBe(port);
  await (await connect(port)).end();
});
