import { expect, it } from "vitest";
import { expiringLine } from "./expiry.ts";

const app = {
  appId: "ak3m9x2pq7",
  ownerId: "u",
  expiresAt: "2026-12-01T00:00:00.000Z",
  destroyedFrom: "2026-12-02T00:00:00.000Z",
};

it("a line says when the app ends, from when on it is destroyed, and whether its owner knows", () => {
  expect(expiringLine(app)).toBe(
    "ak3m9x2pq7    expires 2026-12-01T00:00:00.000Z, destroyed from 2026-12-02T00:00:00.000Z on (its owner is not told yet)",
  );
  expect(expiringLine({ ...app, title: "Notes", toldAt: "2026-11-30T00:00:00.000Z" })).toBe(
    "ak3m9x2pq7  Notes  expires 2026-12-01T00:00:00.000Z, destroyed from 2026-12-02T00:00:00.000Z on (told at 2026-11-30T00:00:00.000Z)",
  );
});
