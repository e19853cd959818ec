import type { FunctionTable } from "./functions.ts";
import type { Value } from "./value.ts";

/** Ticks of 100 ns between year 1, where .NET counts from, and 1970. */
const EPOCH_TICKS = 621_355_968_000_000_000;
const MS = { day: 86_400_000, hour: 3_600_000, minute: 60_000, second: 1000, millisecond: 1 } as const;

type Unit = "year" | "month" | keyof typeof MS;

const UNITS: Readonly<Record<string, Unit>> = {
  year: "year",
  yyyy: "year",
  yy: "year",
  month: "month",
  mm: "month",
  m: "month",
  day: "day",
  dd: "day",
  d: "day",
  hour: "hour",
  hh: "hour",
  minute: "minute",
  mi: "minute",
  n: "minute",
  second: "second",
  ss: "second",
  s: "second",
  millisecond: "millisecond",
  ms: "millisecond",
};

export const DATE_FUNCTIONS: FunctionTable = {
  GETCURRENTDATETIME: { min: 0, max: 0, call: (_, nowMs) => toText(nowMs) },
  GETCURRENTTICKS: { min: 0, max: 0, call: (_, nowMs) => nowMs * 10_000 + EPOCH_TICKS },
  GETCURRENTTIMESTAMP: { min: 0, max: 0, call: (_, nowMs) => nowMs },
  GETCURRENTDATETIMESTATIC: { min: 0, max: 0, call: (_, nowMs) => toText(nowMs) },
  GETCURRENTTIMESTAMPSTATIC: { min: 0, max: 0, call: (_, nowMs) => nowMs },
  DATETIMEADD: { min: 3, max: 3, call: ([part, count, date]) => add(unitOf(part), count, toMs(date)) },
  DATETIMEDIFF: { min: 3, max: 3, call: ([part, from, to]) => difference(unitOf(part), toMs(from), toMs(to)) },
  DATETIMEPART: { min: 2, max: 2, call: ([part, date]) => partOf(unitOf(part), toMs(date)) },
  DATETIMETOTICKS: { min: 1, max: 1, call: ([date]) => ifNumber(toMs(date), (ms) => ms * 10_000 + EPOCH_TICKS) },
  DATETIMETOTIMESTAMP: { min: 1, max: 1, call: ([date]) => toMs(date) },
  TICKSTODATETIME: {
    min: 1,
    max: 1,
    call: ([ticks]) => (typeof ticks === "number" ? toText((ticks - EPOCH_TICKS) / 10_000) : undefined),
  },
  TIMESTAMPTODATETIME: { min: 1, max: 1, call: ([ms]) => (typeof ms === "number" ? toText(ms) : undefined) },
};

/** The service writes seven digits of a second: `2026-11-21T09:00:00.0000000Z`. */
function toText(ms: number): Value {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString().replace("Z", "0000Z");
}

function toMs(value: Value): number | undefined {
  if (typeof value !== "string" || !/^\d{4}-\d\d-\d\d/.test(value)) return undefined;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? undefined : ms;
}

function unitOf(value: Value): Unit | undefined {
  return typeof value === "string" ? UNITS[value.toLowerCase()] : undefined;
}

function ifNumber(value: number | undefined, call: (value: number) => Value): Value {
  return value === undefined ? undefined : call(value);
}

function add(unit: Unit | undefined, count: Value, ms: number | undefined): Value {
  if (!unit || typeof count !== "number" || ms === undefined) return undefined;
  if (unit !== "year" && unit !== "month") return toText(ms + count * MS[unit]);
  const date = new Date(ms);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + count * (unit === "year" ? 12 : 1));
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, lastDay));
  return toText(date.getTime());
}

/** Counts the boundaries of the unit between two times. */
function difference(unit: Unit | undefined, from: number | undefined, to: number | undefined): Value {
  if (!unit || from === undefined || to === undefined) return undefined;
  if (unit !== "year" && unit !== "month") return Math.floor(to / MS[unit]) - Math.floor(from / MS[unit]);
  const [a, b] = [new Date(from), new Date(to)];
  const years = b.getUTCFullYear() - a.getUTCFullYear();
  return unit === "year" ? years : years * 12 + b.getUTCMonth() - a.getUTCMonth();
}

function partOf(unit: Unit | undefined, ms: number | undefined): Value {
  if (!unit || ms === undefined) return undefined;
  const date = new Date(ms);
  const parts: Readonly<Record<Unit, number>> = {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    millisecond: date.getUTCMilliseconds(),
  };
  return parts[unit];
}
