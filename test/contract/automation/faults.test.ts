// The suite of the job service once more, while every tenth call of store and queue and every tenth request to vault and blobs fails: half
// of the failures come after the call was done. Nothing in it is told: whatever it promises holds all the same. JOBS_FAULTS=all runs all
// of it (`npm run test:long`, with five seeds); else what takes no longer than a test may.
import { describe } from "vitest";

process.env.JOBS_FAULT_RATE ??= "0.1";

describe("jobs", () => import("./jobs.test.ts").then(() => undefined));
describe("keys", () => import("./keys.test.ts").then(() => undefined));
describe("notify", () => import("./notify.test.ts").then(() => undefined));
describe("service", () => import("./service.test.ts").then(() => undefined));
if (process.env.JOBS_FAULTS === "all") {
  describe("promises", () => import("./promises.test.ts").then(() => undefined));
  describe("events", () => import("./events.test.ts").then(() => undefined));
  describe("releases", () => import("./releases.test.ts").then(() => undefined));
  describe("care", () => import("./care.test.ts").then(() => undefined));
  describe("settings", () => import("./vaultSettings.test.ts").then(() => undefined));
}
