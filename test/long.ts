import { it } from "vitest";

/** Whether this is `npm run test:long`. */
export const isLong = process.env.TEST_LONG === "1";

/** A test of `npm run test:long`: it takes long, and what it shows is nearly shown by a shorter one beside it. */
export const long = it.skipIf(!isLong);
