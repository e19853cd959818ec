import { expect, it } from "vitest";
import { patientStore } from "./patientStore.ts";
import { atCall, faultyStore } from "./testing/faults.ts";
import { MemoryStore } from "./testing/memoryStore.ts";

it("reads are repeated while the reason passes, and no oftener than five times", async () => {
  let calls = 0;
  const failing = (times: number) =>
    patientStore(
      faultyStore(new MemoryStore(), () => {
        calls += 1;
        return calls <= times ? "before" : "none";
      }),
    );
  expect([await failing(4).read("app:a", "app"), calls]).toEqual([undefined, 5]);
  calls = 0;
  await expect(failing(99).count({ type: "job" })).rejects.toThrow("injected: count failed before it was done");
  expect(calls).toBe(5);
});

it("a batch is never repeated here, and neither is a read that will not do", async () => {
  const store = patientStore(faultyStore(new MemoryStore(), atCall(1, "after")));
  await expect(store.batch("tenant:t", [])).rejects.toThrow("injected: batch failed after it was done");
  let reads = 0;
  const broken = Object.assign(new MemoryStore(), {
    range: async () => {
      reads += 1;
      throw new RangeError("a bug");
    },
  });
  await expect(patientStore(broken).range("app:a", "a", "b", 1)).rejects.toThrow("a bug");
  expect(reads).toBe(1);
});
