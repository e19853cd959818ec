import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openDatabase } from "./database.ts";
import { moveTakenPorts } from "./movedPorts.ts";
import { PortRegistry } from "./ports.ts";

it("a listener whose port was taken moves, and all that names its address with it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "devfactory-ports-"));
  const database = openDatabase(join(folder, "azure.db"));
  const ports = new PortRegistry(database);
  const [stays, goes] = [await ports.portFor("vault"), await ports.portFor("Account")];
  const address = (port: number) => `https://localhost:${port}/`;
  database.exec("CREATE TABLE things (id TEXT, body TEXT)");
  database.prepare("INSERT INTO things VALUES ('a', ?)").run(`${address(goes)} ${address(stays)}`);
  mkdirSync(join(folder, "cosmos"));
  const other = openDatabase(join(folder, "cosmos", "one.db"));
  other.exec("CREATE TABLE items (body TEXT)");
  other.prepare("INSERT INTO items VALUES (?)").run(address(goes));
  mkdirSync(join(folder, "state", "stacks"), { recursive: true });
  const state = join(folder, "state", "stacks", "dev.json");
  writeFileSync(state, JSON.stringify({ url: address(goes), bytes: goes }));
  expect(await moveTakenPorts(folder, database)).toEqual([]);

  const thief = createServer();
  await new Promise<void>((resolve) => thief.listen(goes, "127.0.0.1", resolve));
  const moved = await moveTakenPorts(folder, database);
  const to = await ports.portFor("account");
  expect([moved, to === goes]).toEqual([[{ key: "account", from: goes, to }], false]);
  expect(await ports.portFor("vault")).toBe(stays);
  expect(database.prepare("SELECT body FROM things").get()).toEqual({ body: `${address(to)} ${address(stays)}` });
  expect(other.prepare("SELECT body FROM items").get()).toEqual({ body: address(to) });
  // A number that is no address is left alone.
  expect(JSON.parse(readFileSync(state, "utf8"))).toEqual({ url: address(to), bytes: goes });
  thief.close();
  rmSync(folder, { recursive: true });
}, 20_000);
