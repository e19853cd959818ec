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
