// The suite of the job service once more, while every tenth call of store and queue fails: half of the failures come after the call was
// done. Nothing in it is told: whatever it promises holds all the same.
process.env.JOBS_FAULT_RATE ??= "0.1";
await import("./jobs.test.ts");
