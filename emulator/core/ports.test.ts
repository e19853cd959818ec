import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { freePort, isFree, PortRegistry } from "./ports.ts";

const DRAWN = 30;

/** What a process of its own draws, as long as this one holds its block. */
async function drawnElsewhere(): Promise<readonly number[]> {
  const module = new URL("./ports.ts", import.meta.url).href;
  const code = `const { freePort } = await import(${JSON.stringify(module)});
    const ports = []; for (let n = 0; n < ${DRAWN}; n++) ports.push(await freePort());
    process.stdout.write(JSON.stringify(ports));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", code]);
  return JSON.parse(stdout);
}

it("processes that choose at the same moment choose from blocks of their own", async () => {
  const own = await freePort();
  const all = await Promise.all(Array.from({ length: 4 }, drawnElsewhere));
  const blocks = [own, ...all.map((ports) => ports[0] ?? 0)].map((port) => Math.floor(port / 100));
  expect(new Set(blocks).size).toBe(5);
  for (const ports of all) expect(new Set(ports.map((port) => Math.floor(port / 100))).size).toBe(1);
});

it("no port is chosen twice, also at the same moment, and more than a block are to be had", async () => {
  const ports = await Promise.all(Array.from({ length: 250 }, () => freePort()));
  expect(new Set(ports).size).toBe(250);
});

it("a port that is taken is not chosen", async () => {
  const next = (await freePort()) + 1;
  const thief = createServer().listen(next, "127.0.0.1");
  await once(thief, "listening");
  expect([await isFree(next), (await freePort()) === next]).toEqual([false, false]);
  thief.close();
});

it("a listener keeps its port until it is released", async () => {
  const ports = new PortRegistry(new DatabaseSync(":memory:"));
  const told: string[] = [];
  ports.onGiven((key) => told.push(key));
  const [first, again, other] = [await ports.portFor("Vault"), await ports.portFor("vault"), await ports.portFor("a")];
  expect([again, other === first, told]).toEqual([first, false, ["vault", "a"]]);
  ports.release("VAULT");
  expect(await ports.portFor("vault")).not.toBe(first);
});
