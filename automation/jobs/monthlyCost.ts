/** What an app is estimated to cost on Azure in a month, before tax. */
export interface MonthlyCost {
  readonly monthlyUsd: number;
  /** Parts that the sum leaves out: the price book has none for them, or what decides it is known only later. Absent when there are none. */
  readonly unpricedParts?: number | undefined;
}

/** What a view shows of a record, once there is an estimate. */
export function monthlyCost(of: Partial<MonthlyCost>): MonthlyCost | undefined {
  const { monthlyUsd, unpricedParts = 0 } = of;
  return monthlyUsd === undefined ? undefined : { monthlyUsd, ...(unpricedParts > 0 && { unpricedParts }) };
}

/** `11.51 USD a month`, and what that is without: `11.51 USD a month, 2 parts without a price`. */
export function monthlyCostText({ monthlyUsd, unpricedParts = 0 }: MonthlyCost): string {
  const sum = `${monthlyUsd.toFixed(2)} USD a month`;
  if (unpricedParts === 0) return sum;
  return `${sum}, ${unpricedParts} ${unpricedParts === 1 ? "part" : "parts"} without a price`;
}
