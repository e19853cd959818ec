import type { PlannedResource } from "@devfactory/checks/index.ts";
import type { AppSettings } from "@devfactory/stacks/app/settings.ts";
import { judgePolicies, type PolicyTerms, type PolicyVerdict, undecided } from "./judgePolicies.ts";

/** What the program of apps registers, recorded without an engine: it knows what a first preview does not. */
export type RecordPlan = (
  settings: Pick<AppSettings, "spec" | "images" | "deployment">,
) => Promise<readonly PlannedResource[]>;

/**
 * The verdict of the rules on a preview. Where it decides over the job, and the preview does not know what rules that hold everywhere ask about, a
 * recording of the same program decides them. A recording that fails decides nothing: the rules stay open.
 *
 * @param record the recording, made only when it is needed
 */
export async function decidePolicies(
  plan: readonly PlannedResource[],
  profile: AppSettings["spec"]["profile"],
  terms: PolicyTerms & { readonly registry: string; readonly now: Date },
  record: () => Promise<readonly PlannedResource[]>,
): Promise<PolicyVerdict> {
  const verdict = judgePolicies(plan, profile, terms);
  if (verdict.gate !== "block" || undecided(verdict).length === 0) return verdict;
  const recorded = await record().catch(() => []);
  return withRecording(verdict, recorded, judgePolicies(recorded, profile, terms));
}

/** A verdict whose unknown findings are those of the recording, for resources that it holds; each keeps its own URN. */
export function withRecording(
  verdict: PolicyVerdict,
  recorded: readonly PlannedResource[],
  theirs: PolicyVerdict,
): PolicyVerdict {
  const known = new Set(recorded.map(({ urn }) => placeOf(urn)));
  const isSame = (one: { rule: string; urn: string }, other: { rule: string; urn: string }) =>
    one.rule === other.rule && placeOf(one.urn) === placeOf(other.urn);
  const open: PolicyVerdict["open"][number][] = [];
  const waived = [...verdict.waived];
  let passed = 0;
  for (const finding of verdict.open) {
    if (finding.verdict === "fail" || !known.has(placeOf(finding.urn))) {
      open.push(finding);
      continue;
    }
    const { urn } = finding;
    const still = theirs.open.find((each) => isSame(each, finding));
    const accepted = theirs.waived.find((each) => isSame(each, finding));
    if (still) open.push({ ...still, urn });
    else if (accepted) waived.push({ ...accepted, urn });
    else passed += 1;
  }
  const fail = open.filter((each) => each.verdict === "fail").length;
  return { ...verdict, fail, unknown: open.length - fail, pass: verdict.pass + passed, open, waived };
}

/** Type and name: the recording has a stack of its own. `urn:pulumi:stack::project::types::name` */
function placeOf(urn: string): string {
  const [, , types = "", ...name] = urn.split("::");
  return `${types.split("$").at(-1)}::${name.join("::")}`;
}
