import { z } from "zod";
import type { Finding, Waiver } from "./finding.ts";
import { ruleById } from "./rules.ts";

const DAY_MS = 86_400_000;
const LONGEST_DAYS = 90;
const Day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, "must be a day as 2026-12-31");

/** A file of waivers. It belongs to the platform's repository or the tenant's record, never to an app. */
export const WaiverFile = z.object({
  waivers: z.array(
    z.strictObject({
      rule: z.string().refine((id) => ruleById(id) !== undefined, "names no rule"),
      target: z.string().min(1),
      reason: z.string().min(1),
      owner: z.string().min(1),
      approver: z.string().min(1).optional(),
      expires: Day,
    }),
  ),
});

/** What is wrong with a waiver, in words; `undefined` when it counts. */
export function waiverProblem(waiver: Waiver, now: Date): string | undefined {
  const end = Date.parse(`${waiver.expires}T23:59:59Z`);
  if (Number.isNaN(end)) return `its end ${waiver.expires} is no day`;
  if (end < now.getTime()) return `it ended on ${waiver.expires}`;
  if (end - now.getTime() > (LONGEST_DAYS + 1) * DAY_MS) return `it ends more than ${LONGEST_DAYS} days ahead`;
  if (waiver.reason.trim() === "" || waiver.owner.trim() === "") return "it lacks a reason or an owner";
  if (ruleById(waiver.rule)?.tier === "A" && (!waiver.approver || waiver.approver === waiver.owner))
    return "a rule that holds in every profile needs an approver who is not the owner";
  return undefined;
}

/**
 * Whether a waiver is about a finding: its target is the URN or the type, and `*` in it stands for anything.
 *
 * @param type of the finding's resource
 */
export function covers(waiver: Waiver, finding: Finding, type: string): boolean {
  if (waiver.rule !== finding.rule) return false;
  const pattern = new RegExp(`^${waiver.target.split("*").map(escaped).join(".*")}$`);
  return pattern.test(finding.urn) || pattern.test(type);
}

function escaped(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
}
