/** Billionths of a dollar: enough for the price of one second, and sums are exact. */
export type NanoUsd = bigint;

const NANO = 1_000_000_000n;
const PRICE_SCALE = 1e12;
/** A quantity in billionths times a price in 10^-12 USD is in 10^-21 USD: this many make a billionth of a dollar. */
const RAW_PER_NANO = 1_000_000_000_000n;

/** An amount before it is rounded, in 10^-21 USD: exact, so that the order of a sum does not matter. */
export type RawUsd = bigint;

/** A quantity in billionths of its unit; the dust of binary fractions is rounded away. */
export function toBillionths(quantity: number): bigint {
  const whole = Math.trunc(quantity);
  return BigInt(whole) * NANO + BigInt(Math.round((quantity - whole) * Number(NANO)));
}

/** Price per unit times a quantity in billionths of the unit. */
export function rawCost(billionths: bigint, price: number): RawUsd {
  return billionths * BigInt(Math.round(price * PRICE_SCALE));
}

/** Half up, to a billionth of a dollar. */
export function roundRaw(raw: RawUsd): NanoUsd {
  return (raw + RAW_PER_NANO / 2n) / RAW_PER_NANO;
}

export function sum(amounts: Iterable<NanoUsd>): NanoUsd {
  let total = 0n;
  for (const amount of amounts) total += amount;
  return total;
}

/** Exact decimal of billionths, without trailing zeros: `16.09`, `0`, `-0.000003`. */
export function toDecimal(amount: bigint): string {
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
