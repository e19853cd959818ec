import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PlannedResource } from "../checks/index.ts";
import { armTemplate } from "./armTemplate.ts";

/** What Checkov says of a plan as an ARM template. */
export interface CheckovRun {
  readonly ms: number;
  readonly version: string;
  /** Failed checks as `CHECK resource`; resources are named by their place in the plan. */
  readonly failed: ReadonlySet<string>;
}

/** Runs Checkov from PATH, or from the CHECKOV variable; `undefined` when it is not there. */
export function runCheckov(plan: readonly PlannedResource[]): CheckovRun | undefined {
  const folder = mkdtempSync(join(tmpdir(), "bench-checkov-"));
  try {
    const file = join(folder, "plan.json");
    writeFileSync(file, JSON.stringify(armTemplate(plan)));
    const args = ["-f", file, "--framework", "arm", "-o", "json", "--quiet", "--compact", "--skip-download"];
    const begin = performance.now();
    const { stdout, error } = spawnSync(process.env.CHECKOV ?? "checkov", args, {
      encoding: "utf8",
      maxBuffer: 2 ** 28,
    });
    if (error) return undefined;
    const ms = performance.now() - begin;
    const { summary, results } = JSON.parse(stdout) as {
      readonly summary: { readonly checkov_version: string };
      readonly results: { readonly failed_checks: readonly { readonly check_id: string; readonly resource: string }[] };
    };
    const failed = new Set(results.failed_checks.map(({ check_id, resource }) => `${check_id} ${indexOf(resource)}`));
    return { ms, version: summary.checkov_version, failed };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `Microsoft.Storage/storageAccounts.r12-0` → `12` (armTemplate.ts names resources so). */
function indexOf(resource: string): string {
  return /\br(\d+)-0/.exec(resource)?.[1] ?? resource;
}
