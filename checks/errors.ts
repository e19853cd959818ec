/** What can be wrong with what the checks are given; `advice` is the way out. */
const ERRORS = {
  PLAN_UNREADABLE: {
    message: "{path} cannot be read: {problem}.",
    advice: "Give the path of a plan; `npx devfactory plan --output json` prints one.",
  },
  PLAN_INVALID: {
    message: "{path} is no plan: {problem}.",
    advice: "`npx devfactory plan --output json` prints a plan in the right form.",
  },
  WAIVERS_INVALID: {
    message: "{path} holds no waivers: {problem}.",
    advice:
      'Write `{ "waivers": [{ "rule", "target", "reason", "owner", "approver", "expires" }] }`; docs/policies.md tells what they are.',
  },
  COST_INPUT_INVALID: {
    message: "{path} cannot be estimated: {problem}.",
    advice: "Give a plan ({ region, resources }) or what `pulumi preview --json` prints; docs/costs.md shows the form.",
  },
  COST_REGION_MISSING: {
    message: "{path} names no region.",
    advice: "Add `--region eastus`, or `region` to the file.",
  },
  USAGE_INVALID: {
    message: "{path} is no usage file: {problem}.",
    advice: "`npx devfactory cost usage --input FILE` writes one for a plan.",
  },
  COST_TABLE_INVALID: {
    message: "{path} is no table of costs: {problem}.",
    advice: "docs/costs.md shows the form of costs.yaml.",
  },
  GUARDRAILS_INVALID: {
    message: "{path} holds no guardrails: {problem}.",
    advice:
      'Give a list such as [{ "kind": "increasePercent", "percent": 20, "action": "comment" }]; see docs/costs.md.',
  },
  PRICES_INVALID: {
    message: "{path} is no price book: {problem}.",
    advice: "Restore checks/cost/prices.json from the repository.",
  },
  PREVIEW_INVALID: {
    message: "{path} is no preview: {problem}.",
    advice: "`pulumi preview --json` prints one.",
  },
} as const satisfies Readonly<Record<string, { readonly message: string; readonly advice: string }>>;

export type CheckErrorCode = keyof typeof ERRORS;

/** The only error that the checks throw on purpose. `message` is complete; `advice` says what to do. */
export class CheckError extends Error {
  override readonly name = "CheckError";
  readonly code: CheckErrorCode;
  readonly details: Readonly<Record<string, string | number>>;
  readonly advice: string;

  constructor(code: CheckErrorCode, details: Readonly<Record<string, string | number>>, options?: ErrorOptions) {
    super(
      ERRORS[code].message.replace(/\{(\w+)\}/g, (_, key: string) => String(details[key] ?? `{${key}}`)),
      options,
    );
    this.code = code;
    this.details = details;
    this.advice = ERRORS[code].advice;
  }
}
