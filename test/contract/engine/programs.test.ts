import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as automation from "@pulumi/pulumi/automation/index.js";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ENGINE_ROOT, inProcessCommand } from "../../../emulator/engine/inProcess.ts";
import { RULES } from "../../../emulator/engine/testing/policies/packs.ts";

/** Programs as people write them for the real CLI, run from a shell in a folder like theirs. */
const folder = mkdtempSync(join(tmpdir(), "engine-programs-"));
const env = {
  ...process.env,
  PULUMI_BACKEND_URL: `file://${folder}`,
  PULUMI_CONFIG_PASSPHRASE: "pw",
  PULUMI_HOME: join(folder, "home"),
  PATH: `${join(ENGINE_ROOT, "testing", "bin")}:${process.env.PATH}`,
};

beforeAll(() => {
  cpSync(join(import.meta.dirname, "fixtures", "apps"), folder, { recursive: true });
  symlinkSync(join(ENGINE_ROOT, "..", "..", "node_modules"), join(folder, "node_modules"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function pulumi(program: string, ...args: readonly string[]): string {
  const options = { cwd: join(folder, program), env, encoding: "utf8" } as const;
  const { status, stdout, stderr } = spawnSync(join(ENGINE_ROOT, "bin", "pulumi"), args, options);
  if (status !== 0) throw new Error(`pulumi ${args.join(" ")}: ${status}\n${stdout}\n${stderr}`);
  return stdout;
}

const outputs = (program: string, ...flags: readonly string[]) =>
  JSON.parse(pulumi(program, "stack", "output", "--json", ...flags));

const changes = (program: string, ...flags: readonly string[]) => {
  const events = pulumi(program, "up", "--yes", "--skip-preview", "--json", ...flags)
    .trim()
    .split("\n");
  return JSON.parse(events.at(-2) ?? "").summaryEvent.resourceChanges;
};

const destroy = (program: string) => pulumi(program, "destroy", "--yes", "--skip-preview", "--remove");

it("a component with children: TypeScript of the usual layout, compiled by the SDK, with a dynamic provider", () => {
  pulumi("site", "stack", "init", "dev");
  pulumi("site", "config", "set", "folder", folder);
  expect(changes("site")).toEqual({ create: 4 });
  expect(outputs("site")).toEqual({ bytes: 27, stack: "dev" });
  expect(readFileSync(join(folder, "about.html"), "utf8")).toBe("<h2>about</h2>");
  pulumi("site", "config", "set", "--path", "pages[0]", "home");
  pulumi("site", "config", "set", "--path", "pages[1]", "contact");
  expect(changes("site")).toEqual({ create: 1, delete: 1, same: 3 });
  expect([existsSync(join(folder, "about.html")), existsSync(join(folder, "contact.html"))]).toEqual([false, true]);
  expect(changes("site", "--expect-no-changes")).toEqual({ same: 4 });
  destroy("site");
  expect(existsSync(join(folder, "home.html"))).toBe(false);
});

it("a pair with a stack reference: JavaScript, ES modules, named and default exports", () => {
  pulumi("network", "stack", "init", "dev");
  expect(changes("network")).toEqual({ create: 4 });
  const { networkId, subnetIds } = outputs("network");
  expect(outputs("network")).toEqual({ networkId, subnetIds, cidr: "10.0.0.0/16", sharedKey: "[secret]" });
  pulumi("service", "stack", "init", "prod");
  expect(changes("service")).toEqual({ create: 2 });
  const expected = { subnet: subnetIds[0], cidr: "10.0.0.0/16" };
  expect(outputs("service")).toEqual({ ...expected, key: "[secret]" });
  expect(outputs("service", "--show-secrets")).toEqual({ ...expected, key: "open sesame" });
  expect(readFileSync(join(folder, ".pulumi", "stacks", "service", "prod.json"), "utf8")).not.toContain("sesame");
  destroy("service");
  destroy("network");
});

it("dynamic counts: TypeScript run by Node itself, structured config, top-level await, under a policy pack", () => {
  pulumi("fleet", "stack", "init", "dev");
  const set = (tier: string, count: number, size: string) => {
    pulumi("fleet", "config", "set", "--path", `tiers.${tier}.count`, String(count));
    pulumi("fleet", "config", "set", "--path", `tiers.${tier}.size`, size);
  };
  set("web", 1, "small");
  expect(changes("fleet", "--policy-pack", RULES)).toEqual({ create: 3 });
  set("web", 3, "small");
  set("worker", 2, "large");
  expect(changes("fleet")).toEqual({ create: 5, same: 3 });
  expect(outputs("fleet")).toEqual({ count: 5 });
  set("web", 1, "small");
  expect(changes("fleet")).toEqual({ delete: 2, same: 6 });
  // The pack allows two things at most.
  expect(() => pulumi("fleet", "preview", "--policy-pack", RULES)).toThrow(/preview failed/);
  destroy("fleet");
});

it("JavaScript of the old kind: CommonJS, a folder as main", () => {
  pulumi("legacy", "stack", "init", "dev");
  expect(changes("legacy")).toEqual({ create: 3 });
  expect(outputs("legacy")).toEqual({ names: ["logs", "logs and data"], stack: "dev" });
  expect(changes("legacy")).toEqual({ same: 3 });
  destroy("legacy");
});

it("the same programs under the Automation API, on disk, in the caller's process", async () => {
  const stack = await automation.LocalWorkspace.createOrSelectStack(
    { stackName: "api", workDir: join(folder, "legacy") },
    { pulumiCommand: inProcessCommand(), envVars: env as Record<string, string> },
  );
  const { summary, outputs: made } = await stack.up({ policyPacks: [RULES] });
  expect(summary.resourceChanges).toEqual({ create: 3 });
  expect(made.names).toEqual({ value: ["logs", "logs and data"], secret: false });
  await stack.destroy({ remove: true });
});
