import { fromDecimal, type NanoUsd, toBillionths, toDecimal, toUsd } from "./money.ts";

/** What a guardrail does: tell the people who watch the budget, say it on the pull request, or stop the deployment. */
export type GuardrailAction = "notify" | "comment" | "block";

/** A rule over the total of an estimate. The first two need an estimate before; without one they hold. */
export type Guardrail =
  | { readonly kind: "increase"; readonly usd: number; readonly action: GuardrailAction; readonly name?: string }
  | {
      readonly kind: "increasePercent";
      readonly percent: number;
      readonly action: GuardrailAction;
      readonly name?: string;
    }
  | { readonly kind: "budget"; readonly monthlyUsd: number; readonly action: GuardrailAction; readonly name?: string };

export interface GuardrailResult {
  readonly rule: string;
  /** `comment` tells people too: its result is `notify`, its message begins with `comment: `. */
  readonly result: "ok" | "notify" | "block";
  readonly message: string;
}

/**
 * Judges a total. A limit that is met exactly holds. A budget acts when it is crossed: one that was exceeded before, by a change that
 * does not raise the cost, only notifies, so that savings are never blocked.
 */
export function judge(
  total: NanoUsd,
  past: NanoUsd | undefined,
  rules: readonly Guardrail[],
): readonly GuardrailResult[] {
  return rules.map((rule): GuardrailResult => {
    const name = rule.name ?? rule.kind;
    if (rule.kind === "budget") return { rule: name, ...overBudget(total, past, rule.monthlyUsd, rule.action) };
    if (past === undefined) return { rule: name, result: "ok", message: "no estimate before" };
    const delta = total - past;
    const limit = rule.kind === "increase" ? toBillionths(rule.usd) : share(past, rule.percent);
    const allowed = rule.kind === "increase" ? `${usd(limit)} USD` : `${rule.percent} % of ${usd(past)} USD`;
    const message = `${delta < 0n ? "" : "+"}${usd(delta)} USD a month, ${allowed} allowed`;
    return { rule: name, ...(delta > limit ? act(rule.action, message) : { result: "ok", message }) };
  });
}

function overBudget(total: NanoUsd, past: NanoUsd | undefined, monthlyUsd: number, action: GuardrailAction) {
  const budget = toBillionths(monthlyUsd);
  const message = `${usd(total)} of ${monthlyUsd.toFixed(2)} USD a month`;
  if (total <= budget) return { result: "ok", message } as const;
  const wasOver = past !== undefined && past > budget && total <= past;
  return wasOver ? act("notify", `${message}; it was over before`) : act(action, message);
}

function act(action: GuardrailAction, message: string): Pick<GuardrailResult, "result" | "message"> {
  if (action === "comment") return { result: "notify", message: `comment: ${message}` };
  return { result: action, message };
}

function share(amount: NanoUsd, percent: number): NanoUsd {
  return (amount * toBillionths(percent)) / toBillionths(100);
}

function usd(amount: NanoUsd): string {
  return toUsd(toDecimal(amount));
}

/** A total as it stands in an estimate. */
export function totalIn(estimate: { readonly totalMonthlyCost: string }): NanoUsd {
  return fromDecimal(estimate.totalMonthlyCost);
}
