/** Three places: enough for seconds and US dollars in a record. */
export function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
