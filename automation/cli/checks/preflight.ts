import { CheckError, type PreflightFinding, preflight } from "@devfactory/checks/index.ts";
import { type Command, Option } from "commander";
import { armEndpoint } from "../../azure/arm.ts";
import { nameOf } from "../../deploy/planRecorder.ts";
import { PlanError } from "../../plan/errors.ts";
import { type PlanDocument, readPlan } from "../../plan/planDocument.ts";
import { gatherFacts } from "../../preflight/gatherFacts.ts";
import { type OutputFormat, plain, print, printJson } from "../output.ts";
import { type PlanOptions, readOrMakePlan, withPlanOptions } from "./plan.ts";

interface PreflightOptions extends PlanOptions {
  readonly input?: string;
  readonly output: OutputFormat;
}

/**
 * `devfactory preflight`: would the plan come through in the subscription as it is? Reads only. Exit codes: 0 nothing stands in the
 * way, 1 an error was found, 2 wrong use.
 */
export function addPreflightCommand(program: Command): void {
  withPlanOptions(program.command("preflight [folder]").description("ask Azure whether a plan would come through"))
    .option("--input <plan>", "a plan from `devfactory plan --output json` instead of a folder")
    .addOption(new Option("-o, --output <format>", "how it is printed").choices(["text", "json"]).default("text"))
    .action(async (folder: string | undefined, options: PreflightOptions) => {
      if (options.input !== undefined && folder !== undefined)
        throw new CheckError("PLAN_INVALID", { path: options.input, problem: "a folder is given too" });
      const plan = options.input === undefined ? await readOrMakePlan(folder, options) : readPlan(options.input);
      const findings = await runPreflight(plan, process.env);
      if (options.output === "json") printJson({ findings });
      else for (const line of preflightLines(findings)) print(line);
      if (findings.some(({ severity }) => severity === "error")) process.exitCode = 1;
    });
}

/** Asks the Azure of the environment's settings. @throws {PlanError} `SUBSCRIPTION_MISSING` when no subscription is named */
export async function runPreflight(
  plan: PlanDocument,
  environment: NodeJS.ProcessEnv,
): Promise<readonly PreflightFinding[]> {
  const subscriptionId = environment.ARM_SUBSCRIPTION_ID || environment.AZURE_SUBSCRIPTION_ID;
  if (!subscriptionId) throw new PlanError("SUBSCRIPTION_MISSING", {});
  const { createCredential } = await import("../../azure/credential.ts"); // loaded when Azure is asked
  const source = { subscriptionId, ...armEndpoint(environment), credential: createCredential(environment) };
  return preflight({ region: plan.region, resources: plan.resources, facts: await gatherFacts(plan, source) });
}

function preflightLines(findings: readonly PreflightFinding[]): readonly string[] {
  if (findings.length === 0) return ["Nothing stands in the way."];
  return findings.flatMap(({ id, severity, resource, message, advice, option }) => [
    plain(`${severity}: ${id}${resource ? ` ${nameOf(resource)}` : ""}: ${message}`),
    plain(`  ${advice}${option ? ` (${option})` : ""}`),
  ]);
}
