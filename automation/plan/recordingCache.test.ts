import { expect, it } from "vitest";
import { rememberRecordings } from "./recordingCache.ts";

it("equal settings are recorded once, others each, and what failed again", async () => {
  const asked: string[] = [];
  const record = rememberRecordings(async ({ name }: { name: string; size: number }) => {
    asked.push(name);
    if (name === "broken") throw new Error("no process is to be had");
    return [{ urn: `urn:${name}`, type: "t", name, inputs: {} }];
  });
  const [first, again] = await Promise.all([record({ name: "a", size: 1 }), record({ size: 1, name: "a" })]);
  await record({ name: "b", size: 1 });
  for (let turn = 0; turn < 2; turn++) await expect(record({ name: "broken", size: 1 })).rejects.toThrow("no process");
  expect([again, asked]).toEqual([first, ["a", "b", "broken", "broken"]]);
});

it("the oldest of many are forgotten", async () => {
  const asked: number[] = [];
  const record = rememberRecordings(async (n: number) => {
    asked.push(n);
    return [];
  });
  for (let n = 0; n <= 20; n++) await record(n);
  await record(20);
  await record(0);
  expect(asked.slice(20)).toEqual([20, 0]);
});
