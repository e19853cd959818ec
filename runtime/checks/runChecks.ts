import { existsSync } from "node:fs";
import { rmdir, symlink, unlink } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { dependencies } from "../sandbox/dependencies.ts";
import { hasBubblewrap, INSIDE, runInSandbox, type SandboxResult } from "../sandbox/runInSandbox.ts";
import type { AgentTask } from "../task.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { scanDependencies, scanFiles } from "./scan.ts";

type Finding = AgentTask["findings"][number];

export interface CheckReport {
  /** Names of the checks that found nothing. */
  readonly passed: readonly string[];
  readonly findings: readonly Finding[];
  readonly warnings: readonly string[];
  /** Seconds by check. */
  readonly seconds: Readonly<Record<string, number>>;
}

const CHECKS = ["dependencies", "secrets", "code", "pipeline", "install", "syntax", "tests", "smoke"] as const;
const SCRIPTS = join(import.meta.dirname, "../sandbox/inside");
const Problems = z.object({ problems: z.array(z.object({ path: z.string(), message: z.string() })) });

/** Everything that the qa agent checks. Findings are data; only a broken sandbox rejects. */
export async function runChecks(workspace: Workspace, signal: AbortSignal): Promise<CheckReport> {
  const seconds: Record<string, number> = {};
  const warnings = new Set<string>();
  const timed = async <T>(name: string, work: Promise<T>): Promise<T> => {
    const started = performance.now();
    const result = await work;
    seconds[name] = Math.round(performance.now() - started) / 1000;
    return result;
  };
  const scans = timed("scan", Promise.all([scanDependencies(workspace), scanFiles(workspace)]));
  const [dependencyFindings, fileFindings] = await scans;
  const findings: Finding[] = [...dependencyFindings, ...fileFindings];
  // what is not pinned is not installed
  const install =
    dependencyFindings.length === 0 ? await timed("install", dependencies(workspace.root, signal)) : undefined;
  if (install && !install.ok) findings.push({ check: "install", message: install.output, path: "package-lock.json" });
  if (install?.ok) {
    await using inside = await enter(workspace.root, install.modules, install.template);
    const command = (name: string, args: readonly string[], limit: number) =>
      timed(
        name,
        runInSandbox({
          workdir: workspace.root,
          command: [inside.node, ...args],
          network: "none",
          mounts: inside.mounts,
          env: { SEED: "true", ...inside.env },
          limits: { seconds: limit },
          signal,
        }),
      );
    const syntax = await command(
      "syntax",
      ["--experimental-vm-modules", "--no-warnings", `${inside.scripts}/syntax.ts`],
      30,
    );
    findings.push(...reported("syntax", syntax));
    const tests = [
      "--test",
      "--test-isolation=none",
      "--test-force-exit",
      "--test-reporter=tap",
      "backend/tests/*.test.ts",
    ];
    const [tested, smoked] = await Promise.all([
      command("tests", tests, 90),
      command("smoke", [`${inside.scripts}/smoke.ts`], 60),
    ]);
    findings.push(...testFindings(tested), ...reported("smoke", smoked));
    for (const result of [syntax, tested, smoked]) for (const warning of result.warnings) warnings.add(warning);
  }
  const skipped = install?.ok ? [] : ["install", "syntax", "tests", "smoke"];
  const passed = CHECKS.filter(
    (name) => !skipped.includes(name) && !findings.some((finding) => finding.check === name),
  );
  return { passed, findings: findings.slice(0, 50), warnings: [...warnings], seconds };
}

/** What one of our scripts printed; no print at all is a finding too. */
function reported(check: string, result: SandboxResult): Finding[] {
  const last = result.stdout.trim().split("\n").at(-1) ?? "";
  const parsed = Problems.safeParse(tryJson(last));
  if (!parsed.success) return [{ check, message: ended(result) }];
  return parsed.data.problems.map(({ path, message }) => ({ check, message: message.slice(0, 2000), path }));
}

/** Failed tests from the TAP output: their names with what follows up to the next test. */
export function testFindings(result: SandboxResult): Finding[] {
  const failed = [...result.stdout.matchAll(/^not ok \d+ - (.*)\n(?:\s+---\n([\s\S]*?)\n\s+\.\.\.)?/gm)];
  const findings = failed.map(([, name = "", details = ""]): Finding => {
    const path = /location: '(?:file:\/\/)?(?:\/workspace\/)?([^:']+)/
      .exec(details)?.[1]
      ?.replace(/^.*?(?=backend\/)/, "");
    const error = /error: (?:\|-\n)?([\s\S]*?)(?:\n\s+code:|$)/.exec(details)?.[1]?.trim() ?? "";
    return { check: "tests", message: `${name}: ${error}`.slice(0, 2000), ...(path ? { path } : {}) };
  });
  if (findings.length > 0) return findings;
  const count = Number(/^# tests (\d+)$/m.exec(result.stdout)?.[1] ?? 0);
  if (result.exitCode === 0 && count > 0) return [];
  return [{ check: "tests", message: result.exitCode === 0 ? "there are no tests" : ended(result) }];
}

function ended(result: SandboxResult): string {
  const how = result.timedOut
    ? `did not end within ${Math.round(result.seconds)} s`
    : `ended with ${result.exitCode ?? "a signal"}`;
  return `${how}: ${`${result.stdout}\n${result.stderr}`.trim().slice(-2000)}`;
}

interface Inside extends AsyncDisposable {
  readonly node: string;
  readonly scripts: string;
  readonly mounts: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
}

/** Puts the dependencies in their place for the time of the checks: as a read-only mount, or as a link without bubblewrap. */
async function enter(root: string, modules: string, template: string | undefined): Promise<Inside> {
  const place = join(root, "node_modules");
  const own = existsSync(place);
  if (await hasBubblewrap()) {
    const mounts = {
      [`${INSIDE}/node_modules`]: modules,
      "/checks": SCRIPTS,
      ...(template ? { "/template.tar": template } : {}),
    };
    const env: Record<string, string> = template ? { PGLITE_TEMPLATE: "/template.tar" } : {};
    const leave = async () => {
      if (!own) await rmdir(place).catch(() => {}); // the empty mount point
    };
    return { node: "/runtime/bin/node", scripts: "/checks", mounts, env, [Symbol.asyncDispose]: leave };
  }
  if (!own) await symlink(modules, place);
  const leave = async () => {
    if (!own) await unlink(place);
  };
  return {
    node: process.execPath,
    scripts: SCRIPTS,
    mounts: {},
    env: template ? { PGLITE_TEMPLATE: template } : {},
    [Symbol.asyncDispose]: leave,
  };
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
