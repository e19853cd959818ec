import { execFile } from "node:child_process";
import { join } from "node:path";
import catalogue from "@devfactory/components/catalogue.json" with { type: "json" };
import { expect, it } from "vitest";

function components(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const main = join(import.meta.dirname, "main.ts");
  return new Promise((resolve) => {
    execFile(process.execPath, [main, "components", ...args], (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr }),
    );
  });
}

it("lists every component on a line of its own, with family and cost class", async () => {
  const { code, stdout } = await components();
  expect(code).toBe(0);
  const lines = stdout.split("\n");
  expect(lines.slice(0, 28).map((line) => line.split(/ {2,}/))).toEqual(
    catalogue.components.map(({ name, family, cost }) => [name, family, cost]),
  );
  expect(lines[29]).toBe("28 components; more of one: npx devfactory components <name>, docs/reference/.");
});

it("shows one component by its name in any case: options, links, cost, limits, examples", async () => {
  const { code, stdout } = await components("servicebus");
  expect(code).toBe(0);
  const lines = stdout.split("\n");
  expect(lines.slice(0, 8)).toEqual([
    "ServiceBus: Queues and topics (Azure Service Bus, Standard in every profile: sessions and duplicate detection need it). (components/messaging/serviceBus.ts)",
    "",
    "Cost class: 10 USD a month, once per subscription.",
    "Idle, USD a month: dev 10.00, standard 10.00, production 10.00 (the first example, East US)",
    "Limits: a message has at most 256 KB in Standard. Sessions and duplicate detection are chosen once.",
    "A name must not end in `-sb` or `-mgmt`.",
    "It holds data: what replaces it loses them.",
    "",
  ]);
  expect(lines).toContain('  topic(…).subscription(…).link("receive")  Azure Service Bus Data Receiver');
  expect(lines).toContain("  queues.*.sessions");
  expect(lines.filter((line) => line.startsWith("Example: "))).toHaveLength(5);
});

it("knows the kinds of devfactory.yaml", async () => {
  const { stdout } = await components("postgres");
  expect(stdout.split("\n")[0]).toMatch(/^PostgresServer: /);
});

it("gives the catalogue, or one entry of it, as JSON", async () => {
  expect(JSON.parse((await components("--output", "json")).stdout)).toEqual(catalogue);
  const one = JSON.parse((await components("KeyVault", "-o", "json")).stdout);
  expect(one).toEqual(catalogue.components.find(({ name }) => name === "KeyVault"));
});

it("refuses a name that there is not, with those that there are", async () => {
  const { code, stdout, stderr } = await components("Redis");
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toBe(
    `error: There is no component Redis.\n  Use one of: ${catalogue.components.map(({ name }) => name).join(", ")}.\n`,
  );
});

it("explains itself", async () => {
  const { code, stdout } = await components("--help");
  expect(code).toBe(0);
  expect(stdout).toContain("npx devfactory components postgres");
  expect(stdout).toContain("Exit codes: 0 done, 2 there is no such component.");
});
