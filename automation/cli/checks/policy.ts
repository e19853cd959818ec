import {
  evaluatePolicies,
  type Finding,
  PolicyPlan,
  type PolicyReport,
  readJsonFile,
  WaiverFile,
} from "@devfactory/checks/index.ts";
import { type Command, Option } from "commander";
import { type OutputFormat, print, printJson } from "../output.ts";

const HELP = `
Examples:
  npx devfactory plan --output json > plan.json
  npx devfactory policy --input plan.json
  npx devfactory policy --input plan.json --waivers waivers.json --output json

Exit codes: 0 nothing fails, 1 a rule fails, 2 the file is no plan.`;

interface Options {
  readonly input: string;
  readonly waivers?: string;
  readonly output: OutputFormat;
}

/** `devfactory policy`: judges a plan by all rules. */
export function addPolicyCommand(program: Command): void {
  program
    .command("policy")
    .description("judge a plan by the rules, before anything is created")
    .requiredOption("--input <file>", "the plan, as `devfactory plan --output json` prints it")
    .option("--waivers <file>", "exceptions, with reason, owner and end")
    .addOption(
      new Option("-o, --output <format>", "how the result is printed").choices(["text", "json"]).default("text"),
    )
    .addHelpText("after", HELP)
    .action((options: Options) => {
      const plan = readJsonFile(options.input, PolicyPlan, "PLAN_INVALID");
      const waivers = options.waivers ? readJsonFile(options.waivers, WaiverFile, "WAIVERS_INVALID").waivers : [];
      const report = evaluatePolicies({ ...plan, waivers, now: new Date() });
      if (options.output === "json") printJson({ findings: report.findings });
      else for (const line of policyText(report)) print(line);
      if (report.counts.fail > 0) process.exitCode = 1;
    });
}

/** What a person reads: failures with the way out, then what is not known yet, then the counts. */
export function policyText(report: PolicyReport): readonly string[] {
  const { findings, counts, unusedWaivers } = report;
  const of = (verdict: Finding["verdict"]) => findings.filter((each) => each.verdict === verdict);
  const waived = findings.filter(({ waiver, verdict }) => waiver && verdict === "not-applicable");
  return [
    ...of("fail").flatMap((each) => [
      `fail     ${title(each)}`,
      `         ${each.message}`,
      ...(each.fix ? [`         ${each.fix}`] : []),
    ]),
    ...of("unknown").flatMap((each) => [`unknown  ${title(each)}`, `         ${each.message}`]),
    ...waived.map(
      (each) => `waived   ${title(each)}: until ${each.waiver?.expires}, ${each.waiver?.owner}: ${each.waiver?.reason}`,
    ),
    ...unusedWaivers.map(({ rule, target }) => `A waiver of ${rule} for ${target} matches nothing: take it away.`),
    `${counts.fail} fail, ${counts.unknown} unknown, ${counts.pass} pass, ${counts["not-applicable"]} do not apply${counts.waived > 0 ? `, ${counts.waived} waived` : ""}.`,
  ];
}

function title({ rule, urn }: Finding): string {
  return `${rule}  ${urn.split("::").slice(2).join("  ")}`;
}
