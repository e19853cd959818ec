import { expect, it } from "vitest";
import { changeLease, checkLease, type Lease, leaseState } from "./leases.ts";

const NOW = 1_000_000;
const ASK = { id: undefined, proposedId: undefined, durationSeconds: undefined, breakSeconds: undefined };
const HELD: Lease = { id: "a", durationSeconds: 30, expiresAt: NOW + 30_000 };
const EXPIRED: Lease = { ...HELD, expiresAt: NOW };
const BREAKING: Lease = { ...HELD, brokenAt: NOW + 5000 };
const BROKEN: Lease = { ...HELD, brokenAt: NOW - 1 };

it.each([
  [undefined, "available"],
  [HELD, "leased"],
  [EXPIRED, "expired"],
  [BREAKING, "breaking"],
  [BROKEN, "broken"],
] as const)("%j is %s", (lease, state) => {
  expect(leaseState(lease, NOW)).toBe(state);
});

it.each([
  [
    "acquire",
    undefined,
    { proposedId: "a", durationSeconds: 15 },
    { id: "a", durationSeconds: 15, expiresAt: NOW + 15_000 },
  ],
  ["acquire", EXPIRED, { proposedId: "b" }, { id: "b", durationSeconds: -1, expiresAt: undefined }],
  [
    "acquire",
    HELD,
    { proposedId: "a", durationSeconds: 60 },
    { id: "a", durationSeconds: 60, expiresAt: NOW + 60_000 },
  ],
  ["renew", EXPIRED, { id: "a" }, { id: "a", durationSeconds: 30, expiresAt: NOW + 30_000 }],
  ["change", HELD, { id: "a", proposedId: "c" }, { ...HELD, id: "c" }],
  ["release", HELD, { id: "a" }, undefined],
  ["break", HELD, { breakSeconds: 10 }, { ...HELD, brokenAt: NOW + 10_000 }],
  ["break", HELD, {}, { ...HELD, brokenAt: NOW + 30_000 }],
] as const)("%s on %j with %j leads to %j", (action, lease, request, expected) => {
  expect(changeLease(lease, { ...ASK, action, ...request }, NOW).lease).toEqual(expected);
});

it.each([
  ["acquire", HELD, { proposedId: "b" }, "LeaseAlreadyPresent"],
  ["acquire", BREAKING, { proposedId: "a" }, "LeaseIsBreakingAndCannotBeAcquired"],
  ["acquire", undefined, { durationSeconds: 5 }, "InvalidHeaderValue"],
  ["renew", HELD, { id: "b" }, "LeaseIdMismatchWithLeaseOperation"],
  ["renew", BROKEN, { id: "a" }, "LeaseIsBrokenAndCannotBeRenewed"],
  ["change", undefined, { id: "a", proposedId: "b" }, "LeaseNotPresentWithLeaseOperation"],
  ["release", undefined, { id: "a" }, "LeaseNotPresentWithLeaseOperation"],
  ["break", undefined, {}, "LeaseNotPresentWithLeaseOperation"],
  ["steal", HELD, {}, "InvalidHeaderValue"],
] as const)("%s on %j with %j is refused: %s", (action, lease, request, code) => {
  expect(() => changeLease(lease, { ...ASK, action, ...request }, NOW)).toThrow(expect.objectContaining({ code }));
});

it.each([
  [HELD, undefined, "LeaseIdMissing"],
  [HELD, "b", "LeaseIdMismatchWithBlobOperation"],
  [EXPIRED, "a", "LeaseLost"],
  [undefined, "a", "LeaseNotPresentWithBlobOperation"],
] as const)("a write under %j with the id %s is refused: %s", (lease, given, code) => {
  expect(() => checkLease(lease, given, NOW)).toThrow(expect.objectContaining({ code }));
});
