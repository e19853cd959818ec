/** How often the same call with the same answer, or the same text, may come before the run counts as stuck. */
export const STUCK_AFTER = 3;

export interface SeenStep {
  readonly calls: readonly { readonly name: string; readonly input: unknown; readonly output: unknown }[];
  readonly text: string;
}

/** Says why a run makes no progress, or undefined while it does. */
export function stuckReason(steps: readonly SeenStep[]): string | undefined {
  const calls = new Map<string, number>();
  for (const { name, input, output } of steps.flatMap((step) => step.calls)) {
    const key = JSON.stringify([name, input, output]);
    const count = (calls.get(key) ?? 0) + 1;
    calls.set(key, count);
    if (count >= STUCK_AFTER) return `${name} was called ${count} times with the same input and the same answer`;
  }
  const texts = steps.map((step) => step.text).filter((text) => text !== "");
  const last = texts.slice(-STUCK_AFTER);
  if (last.length === STUCK_AFTER && last.every((text) => text === last[0])) return "the model repeats the same text";
  return undefined;
}
