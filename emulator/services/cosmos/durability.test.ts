import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { AccountStore } from "./accountStore.ts";
import { startCosmos } from "./harness.ts";

it("what was acknowledged before SIGKILL is there afterwards", async () => {
  const dir = mkdtempSync(join(tmpdir(), "devfactory-cosmos-"));
  const path = join(dir, "acct.db");
  const before = new AccountStore(path, { now: () => Date.now() });
  before.putDatabase("app", undefined);
  const partitionKey = { paths: ["/pk"], kind: "Hash", version: 2 } as const;
  before.putContainer(
    "app",
    { id: "things", partitionKey, indexingPolicy: {}, conflictResolutionPolicy: {} },
    undefined,
  );
  before.close();
  const writer = spawn(process.execPath, [join(import.meta.dirname, "fixtures", "writer.ts"), path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  await new Promise<void>((resolve) => {
    writer.once("exit", () => resolve());
    writer.stdout.on("data", (chunk: Buffer) => {
      output += chunk;
      if (output.split("\n").length > 150) writer.kill("SIGKILL");
    });
  });
  const acknowledged = output.split("\n").slice(0, -1);
  const after = new AccountStore(path, { now: () => Date.now() });
  const container = after.container("app", "things");
  const found = acknowledged.filter((id) => container?.find(`"${id}",`, id) !== undefined);
  expect([acknowledged.length >= 150, found]).toEqual([true, acknowledged]);
  expect(container?.lsn).toBeGreaterThanOrEqual(acknowledged.length);
  after.close();
  rmSync(dir, { recursive: true, force: true });
});

it("an account has its address, its containers and its items again after a restart", async () => {
  const dir = mkdtempSync(join(tmpdir(), "devfactory-cosmos-"));
  const before = await startCosmos(dir);
  await before.container("things", { defaultTtl: 100, uniqueKeyPolicy: { uniqueKeys: [{ paths: ["/email"] }] } });
  const made = await before.client().database("app").container("things").items.create({ id: "1", pk: "a", email: "x" });
  const resources = before.context.resources.list("Microsoft.DocumentDB");
  const kept = ["", "/sqlDatabases", "/sqlDatabases/containers", "/sqlRoleAssignments"].flatMap((type) =>
    before.context.resources.list(`Microsoft.DocumentDB/databaseAccounts${type}`),
  );
  await before.service.stop();
  const after = await startCosmos(dir, kept);
  expect([after.endpoint, resources]).toEqual([before.endpoint, []]);
  const things = after.client().database("app").container("things");
  expect((await things.item("1", "a").read()).resource).toEqual(made.resource);
  await expect(things.items.create({ id: "2", pk: "a", email: "x" })).rejects.toMatchObject({ code: 409 });
  after.context.clock.shift(101_000);
  expect((await things.item("1", "a").read()).statusCode).toBe(404);
  await before.context[Symbol.asyncDispose]();
  await after[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true, force: true });
});
