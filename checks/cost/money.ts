/** Billionths of a dollar: enough for the price of one second, and sums are exact. */
export type NanoUsd = bigint;

const NANO = 1_000_000_000n;

/** Price times quantity, rounded once to a billionth of a dollar. */
export function cost(quantity: number, price: number): NanoUsd {
  return BigInt(Math.round(quantity * price * Number(NANO)));
}

export function sum(amounts: Iterable<NanoUsd>): NanoUsd {
  let total = 0n;
  for (const amount of amounts) total += amount;
  return total;
}

/** Exact decimal without trailing zeros: `16.09`, `0`, `-0.000003`. */
export function toDecimal(amount: NanoUsd): string {
  const sign = amount < 0n ? "-" : "";
  const size = amount < 0n ? -amount : amount;
  const fraction = (size % NANO).toString().padStart(9, "0").replace(/0+$/, "");
  return `${sign}${size / NANO}${fraction ? `.${fraction}` : ""}`;
}

/** Reads what `toDecimal` wrote. @throws {RangeError} when it is no decimal */
export function fromDecimal(text: string): NanoUsd {
  const match = /^(-?)(\d+)(?:\.(\d{1,9}))?$/.exec(text);
  if (!match) throw new RangeError(`not an amount: ${text}`);
  const [, sign, whole = "0", fraction = ""] = match;
  const size = BigInt(whole) * NANO + BigInt(fraction.padEnd(9, "0"));
  return sign ? -size : size;
}

/** For people: two places, half up. */
export function toUsd(decimal: string): string {
  const amount = fromDecimal(decimal);
  const size = amount < 0n ? -amount : amount;
  const cents = (size + 5_000_000n) / 10_000_000n;
  const sign = amount < 0n && cents > 0n ? "-" : "";
  return `${sign}${cents / 100n}.${(cents % 100n).toString().padStart(2, "0")}`;
}
