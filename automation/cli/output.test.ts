import { expect, it } from "vitest";
import type { EventView } from "../client/apiClient.ts";
import { eventLine } from "./output.ts";

const event = (message: string, more: Partial<EventView> = {}) =>
  ({ seq: 1, at: "2026-11-20T12:04:31.000Z", type: "log", message, ...more }) as EventView;

it("an event is one line, without a program's control characters", () => {
  expect(eventLine(event("built\u0007", { step: "build" }))).toBe("12:04:31  build           built");
});

it("a text of several lines stands below each other, the last twelve", () => {
  const log = Array.from({ length: 14 }, (_, index) => `line ${index}`).join("\n");
  const lines = eventLine(event(`${log}\n`, { step: "build", level: "error" })).split("\n");
  expect([lines.length, lines[0], lines[1], lines.at(-1)]).toEqual([
    13,
    "12:04:31  build           error: … 2 lines before",
    `${" ".repeat(26)}line 2`,
    `${" ".repeat(26)}line 13`,
  ]);
});
