import fc from "fast-check";
import { expect, it } from "vitest";
import { fromCursor, type Place, placeAfter, toCursor } from "./cursor.ts";

const AT = "2026-11-28T10:00:00.000Z";

it("a cursor comes back as it was, for its own tenant only", () => {
  const cursor = toCursor("t1", { at: AT, seen: 2 });
  expect(fromCursor("t1", cursor)).toEqual({ at: AT, seen: 2 });
  expect(() => fromCursor("t2", cursor)).toThrow("cursor: must be `next` of the page before");
});

it.each(["", "x", "e30", Buffer.from(`["t1","${AT}",-1]`).toString("base64url")])("%j is no cursor", (text) => {
  expect(() => fromCursor("t1", text)).toThrow("cursor: must be `next` of the page before");
});

it("pages of any size show every row once, also where many have one time", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 5 })), fc.integer({ min: 1, max: 4 }), (minutes, size) => {
      const rows = minutes.toSorted((a, b) => a - b).map((minute) => `2026-11-28T10:0${minute}:00.000Z`);
      const shown: string[] = [];
      let place: Place = { at: AT, seen: 0 };
      for (let turn = 0; turn <= rows.length; turn++) {
        const page = rows.filter((each) => each >= place.at).slice(place.seen, place.seen + size);
        shown.push(...page);
        place = placeAfter(page, place);
      }
      expect(shown).toEqual(rows);
    }),
  );
});
