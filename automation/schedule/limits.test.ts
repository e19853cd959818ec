import fc from "fast-check";
import { expect, it } from "vitest";
import { DEFAULT_LIMITS, take, tenantLimits } from "./limits.ts";

it("a tenant's own limits go before those of the service, and those before the defaults", () => {
  const limitsOf = tenantLimits({ concurrent: 5 }, { gold: { weight: 3 } });
  expect(limitsOf("gold")).toEqual({ ...DEFAULT_LIMITS, concurrent: 5, weight: 3 });
  expect(limitsOf("toString")).toEqual({ ...DEFAULT_LIMITS, concurrent: 5 });
});

it("in any minute no more tokens than the bucket holds twice are taken, whatever the clocks of those who ask", () => {
  const skew = fc.integer({ min: -600_000, max: 600_000 });
  const property = fc.property(fc.array(skew, { minLength: 50, maxLength: 200 }), (clocks) => {
    let bucket: Parameters<typeof take>[0];
    let taken = 0;
    for (const [index, off] of clocks.entries()) {
      const answer = take(bucket, 10, 1_000_000_000 + index * 10 + Math.abs(off % 2));
      if ("bucket" in answer) {
        bucket = answer.bucket;
        taken += 1;
      } else expect(answer.waitMs).toBeLessThanOrEqual(6_000);
    }
    expect(taken).toBeLessThanOrEqual(20);
  });
  fc.assert(property, { numRuns: 200 });
});

it("after the told wait there is a token", () => {
  const start = 1_000_000;
  let bucket: Parameters<typeof take>[0];
  for (let index = 0; index < 3; index++) {
    const answer = take(bucket, 3, start);
    if ("bucket" in answer) bucket = answer.bucket;
  }
  const refused = take(bucket, 3, start);
  expect(refused).toEqual({ waitMs: 20_000 });
  expect(take(bucket, 3, start + 20_000)).toEqual({ bucket: { tokens: 0, atMs: start + 20_000 } });
});
