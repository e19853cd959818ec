import { expect, it } from "vitest";
import type { SummaryEvent } from "../../events/types.ts";
import { painter } from "../paint.ts";
import { summarySection } from "./summary.ts";

const text = (resourceChanges: Readonly<Record<string, number>>, more: Partial<SummaryEvent> = {}) =>
  summarySection(
    {
      maybeCorrupt: false,
      durationSeconds: 0,
      PolicyPacks: {},
      isPreview: true,
      result: "succeeded",
      resourceChanges,
      ...more,
    },
    painter("never"),
  );

it("counts in the real CLI's order, the total only when there are several kinds", () => {
  expect(text({ update: 1, create: 2, same: 3, import: 1, read: 9, discard: 1, replace: 1, delete: 1 })).toBe(
    "Resources:\n    + 2 to create\n    ~ 1 to update\n    - 1 to delete\n    +-1 to replace\n    = 1 to import\n    6 changes. 3 unchanged\n",
  );
  expect(text({ create: 1, same: 1 })).toBe("Resources:\n    + 1 to create\n    1 unchanged\n");
  expect(text({})).toBe("Resources:\n");
});

it.each([
  { durationSeconds: 0, shown: "0s" },
  { durationSeconds: 59, shown: "59s" },
  { durationSeconds: 65, shown: "1m5s" },
  { durationSeconds: 3601, shown: "1h0m1s" },
])("writes $durationSeconds seconds as $shown", ({ durationSeconds, shown }) => {
  const done = text({ create: 1 }, { durationSeconds, isPreview: false });
  expect(done).toBe(`Resources:\n    + 1 created\n\nDuration: ${shown}\n`);
});
