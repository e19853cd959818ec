import { fillIn } from "../fillIn.ts";

/** What can be wrong with a folder that is to be planned; `advice` is the way out. */
const ERRORS = {
  NOTHING_TO_PLAN: {
    message: "{folder} holds neither devfactory.yaml nor Pulumi.yaml.",
    advice:
      "Give the folder of an app or of a Pulumi program, or the output of `pulumi preview --json` with `--from-preview`.",
  },
  SPEC_UNREADABLE: {
    message: "{path} cannot be read: {problem}.",
    advice: "Correct the file; it is YAML.",
  },
  SPEC_INVALID: {
    message: "{path} is not valid: {problems}.",
    advice: "Correct the fields that are named.",
  },
  PROGRAM_FAILED: {
    message: "The plan could not be made: {reason}",
    advice: "{advice}",
  },
  STACK_NEEDED: {
    message: "A Pulumi program is planned for a stack, and none is named; there are: {stacks}.",
    advice: "Name one with `--stack`.",
  },
  SUBSCRIPTION_MISSING: {
    message: "Preflight asks a subscription, and AZURE_SUBSCRIPTION_ID is not set.",
    advice:
      "Set it to the subscription that is deployed to; for the local Azure use the lines of `npx devfactory emulator env`.",
  },
  ENGINE_MISSING: {
    message: "No Pulumi engine is found: {reason}",
    advice: "Install the Pulumi CLI, or set DEVFACTORY_PULUMI_ROOT to the folder whose bin/pulumi it is.",
  },
} as const satisfies Readonly<Record<string, { readonly message: string; readonly advice: string }>>;

export type PlanErrorCode = keyof typeof ERRORS;

/** A plan that cannot be made. `wrongUse`: what was given is wrong (exit code 2), else something failed (1). */
export class PlanError extends Error {
  override readonly name = "PlanError";
  readonly code: PlanErrorCode;
  readonly advice: string;

  constructor(code: PlanErrorCode, details: Readonly<Record<string, string>>, options?: ErrorOptions) {
    super(fillIn(ERRORS[code].message, details), options);
    this.code = code;
    this.advice = fillIn(ERRORS[code].advice, details);
  }

  get wrongUse(): boolean {
    return this.code !== "PROGRAM_FAILED" && this.code !== "ENGINE_MISSING";
  }
}
