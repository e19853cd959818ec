import { expect, it } from "vitest";
import { abandonedLine } from "./abandoned.ts";
import { expiringLine } from "./expiry.ts";

const app = {
  appId: "ak3m9x2pq7",
  ownerId: "u",
  expiresAt: "2026-12-01T00:00:00.000Z",
  destroyedFrom: "2026-12-02T00:00:00.000Z",
};

it("a line says what was left behind, and whether it goes by itself", () => {
  const found = { name: "rg-x", appId: "ak3m9x2pq7", firstSeenAt: "2026-12-01", lastSeenAt: "2026-12-02" };
  expect([
    abandonedLine({ ...found, kind: "group" }),
    abandonedLine({ ...found, kind: "group", expiresAt: "2026-12-03" }),
    abandonedLine({ ...found, kind: "stack" }),
  ]).toEqual([
    "rg-x  resource group without its app ak3m9x2pq7, seen since 2026-12-01, stays until somebody removes it",
    "rg-x  resource group without its app ak3m9x2pq7, seen since 2026-12-01, expires 2026-12-03",
    "rg-x  stack without its app ak3m9x2pq7, seen since 2026-12-01, for a person to look at",
  ]);
});

it("a line says when the app ends, from when on it is destroyed, and whether its owner knows", () => {
  expect(expiringLine(app)).toBe(
    "ak3m9x2pq7    expires 2026-12-01T00:00:00.000Z, destroyed from 2026-12-02T00:00:00.000Z on (its owner is not told yet)",
  );
  expect(expiringLine({ ...app, title: "Notes", toldAt: "2026-11-30T00:00:00.000Z" })).toBe(
    "ak3m9x2pq7  Notes  expires 2026-12-01T00:00:00.000Z, destroyed from 2026-12-02T00:00:00.000Z on (told at 2026-11-30T00:00:00.000Z)",
  );
});
