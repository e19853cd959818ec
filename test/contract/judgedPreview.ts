import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { planFromPreview } from "@devfactory/automation/plan/previewFile.ts";
import {
  type Estimate,
  estimate,
  evaluatePolicies,
  type Profile,
  type Waiver,
  WaiverFile,
} from "@devfactory/checks/index.ts";

const STACKS = resolve(import.meta.dirname, "../../stacks");

/** What a preview says, as a test can list it. */
export interface JudgedPreview {
  /** `RULE name` of what fails although the stack's waivers count. */
  readonly fail: readonly string[];
  /** The same of what cannot be told yet. */
  readonly unknown: readonly string[];
  readonly waived: readonly string[];
  readonly pass: number;
  /** `operation name`, sorted. */
  readonly changes: readonly string[];
  /** What the plan costs a month without usage. */
  readonly estimate: Estimate;
}

/** The exceptions of one of our own stacks. */
export function waiversOf(stack: "app" | "platform"): readonly Waiver[] {
  const document: unknown = JSON.parse(readFileSync(join(STACKS, stack, "waivers.json"), "utf8"));
  return WaiverFile.parse(document).waivers as readonly Waiver[];
}

/**
 * Judges the plan of a preview with the rules and the stack's waivers, and prices it.
 *
 * @param preview what `pulumi preview --json` printed
 */
export function judgePreview(preview: string, profile: Profile, stack: "app" | "platform"): JudgedPreview {
  const folder = mkdtempSync(join(tmpdir(), "devfactory-preview-"));
  try {
    const file = join(folder, "preview.json");
    writeFileSync(file, preview);
    const { region, resources, changes = [] } = planFromPreview(file, { profile });
    const report = evaluatePolicies({
      profile,
      resources,
      waivers: waiversOf(stack),
      now: new Date("2026-11-28"),
    });
    const named = (verdict: string, isWaived = false) => {
      const found = report.findings.filter((each) => each.verdict === verdict && Boolean(each.waiver) === isWaived);
      return [...new Set(found.map(({ rule, urn }) => `${rule} ${urn.split("::").at(-1)}`))].sort();
    };
    return {
      fail: named("fail"),
      unknown: named("unknown"),
      waived: named("not-applicable", true),
      pass: report.counts.pass,
      changes: changes.map(({ operation, name }) => `${operation} ${name}`).sort(),
      estimate: estimate({ region, resources }),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
