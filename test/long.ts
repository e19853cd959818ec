import { it } from "vitest";

/** A test of `npm run test:long`: it takes long, and what it shows is nearly shown by a shorter one beside it. */
export const long = it.skipIf(process.env.TEST_LONG !== "1");
