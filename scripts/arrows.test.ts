import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { findViolations } from "./arrows.ts";

function violationsOf(files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), "arrows-"));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const found = findViolations(root).map((each) => `${each.file}: ${each.message}`);
  rmSync(root, { recursive: true });
  return found;
}

it.each([
  ["components/a.ts", 'import { x } from "@devfactory/stacks/app/index.ts";', "components may not import stacks"],
  ["runtime/a.ts", 'import { x } from "@devfactory/stacks/app/index.ts";', "runtime may not import stacks"],
  ["automation/a.ts", 'export { x } from "../emulator/engine/index.ts";', "automation may not import emulator"],
  ["emulator/a.ts", 'const x = await import("../components/index.ts");', "emulator may not import components"],
  ["checks/a.ts", 'import type {\n  X,\n} from "@devfactory/components/index.ts";', "checks may not import components"],
])("%s with %s is a violation", (path, text, message) => {
  expect(violationsOf({ [path]: text })).toEqual([`${path}: ${message}`]);
});

it("the arrows of the design are free to use", () => {
  const files = {
    "runtime/a.ts": 'import { AppSpec } from "@devfactory/stacks/spec/index.ts";',
    "automation/b.ts": 'import { runTask } from "@devfactory/runtime/index.ts";\nimport "./c.ts";',
    "test/d.ts": 'import { x } from "../emulator/index.ts";',
  };
  expect(violationsOf(files)).toEqual([]);
});

it("the clients of Key Vault are used in one place of the platform", () => {
  const text = 'import { SecretClient } from "@azure/keyvault-secrets";';
  const files = {
    "automation/orchestrator/keyVaultHelper.ts": text,
    "automation/keys/a.ts": text,
    "runtime/b.ts": 'const keys = await import("@azure/keyvault-keys");',
    "emulator/services/keyVault/c.test.ts": text,
    "test/contract/d.test.ts": text,
  };
  const why = "secrets are reached through automation/orchestrator/keyVaultHelper.ts alone";
  expect(violationsOf(files)).toEqual([`automation/keys/a.ts: ${why}`, `runtime/b.ts: ${why}`]);
});
