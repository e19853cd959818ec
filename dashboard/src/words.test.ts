import { describe, expect, it } from "vitest";
import { agentName, ago, bytes, counted, duration, headline, monthlyCost, stepName, usd } from "./words.ts";

it.each([
  [15, "15 ms"],
  [400, "0.4 s"],
  [12_340, "12.3 s"],
  [59_949, "59.9 s"],
  [59_960, "1 min 00 s"],
  [125_000, "2 min 05 s"],
  [3_720_000, "1 h 02 min"],
])("%i ms is %s", (ms, words) => expect(duration(ms)).toBe(words));

it.each([
  [714, "714 B"],
  [52_011, "52.0 kB"],
  [1_300_000, "1.3 MB"],
])("%i bytes are %s", (count, words) => expect(bytes(count)).toBe(words));

it("writes an amount with its thousands and cents", () => {
  expect([usd(0), usd(16.09), usd(1234.5)]).toEqual(["$0.00", "$16.09", "$1,234.50"]);
});

it("tells what an app costs, and what the sum leaves out", () => {
  expect([{ monthlyUsd: 10.206 }, { monthlyUsd: 0, unpricedParts: 2 }].map(monthlyCost)).toEqual([
    "about $10.21 a month on Azure",
    "about $0.00 a month on Azure, 2 parts without a price",
  ]);
});

describe("how long ago", () => {
  const now = Date.parse("2026-11-21T10:00:00Z");
  it.each([
    ["2026-11-21T09:59:30Z", "just now"],
    ["2026-11-21T10:00:05Z", "just now"], // the server's clock may be ahead
    ["2026-11-21T09:55:00Z", "5 min ago"],
    ["2026-11-21T07:00:00Z", "3 h ago"],
    ["2026-11-20T09:00:00Z", "1 day ago"],
    ["2026-11-18T09:00:00Z", "3 days ago"],
  ])("%s was %s", (at, words) => expect(ago(at, now)).toBe(words));
});

it("gives steps and agents the names that people use, and keeps what it does not know", () => {
  expect([stepName("generate"), stepName("repair-2"), stepName("migrate")]).toEqual([
    "Write the code",
    "Repair and test again (2)",
    "Migrate",
  ]);
  expect([agentName("backend_agent"), agentName("qa_agent")]).toEqual(["Backend agent", "QA agent"]);
  expect([counted(1, "file"), counted(12, "file")]).toEqual(["1 file", "12 files"]);
});

it.each([
  ["a guest  book\nwith names", 90, "a guest book with names"],
  ["owners have pets and vets", 12, "owners have …"],
  ["owners have pets", 11, "owners have …"],
  ["Donaudampfschifffahrt", 5, "Donau …"],
])("%j in %i letters is %s", (text, length, line) => expect(headline(text, length)).toBe(line));
