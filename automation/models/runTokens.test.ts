import { expect, it } from "vitest";
import { MemoryKeyRows } from "../keys/testing/memoryKeys.ts";
import { Redactor } from "../redact.ts";
import { RunTokens } from "./runTokens.ts";

const RUN = { tenantId: "t1", jobId: "a-b", appId: "a", agent: "qa_agent", provider: "openai", model: "gpt-5" };
const refused = { code: "MODEL_RUN_REFUSED" };

function open() {
  const rows = new MemoryKeyRows();
  const clock = { now: 1_000_000 };
  return { rows, clock, tokens: new RunTokens(rows, () => clock.now) };
}

it("a token stands for its run until it is taken away or its time is over; what is stored does not open anything", async () => {
  const { rows, clock, tokens } = open();
  const [first, second] = await Promise.all([
    tokens.issue(RUN, 60),
    tokens.issue({ ...RUN, agent: "infra_agent" }, 90),
  ]);
  expect([await tokens.verify(first), (await tokens.verify(second)).agent]).toEqual([RUN, "infra_agent"]);
  const stored = JSON.stringify([...rows.rows]);
  for (const token of [first, second]) expect(stored).not.toContain(token.split(".").at(-1));
  await tokens.end(first);
  await tokens.end(first);
  await expect(tokens.verify(first)).rejects.toMatchObject(refused);
  expect((await tokens.verify(second)).agent).toBe("infra_agent");
  clock.now += 90_000;
  await expect(tokens.verify(second)).rejects.toMatchObject(refused);
});

it("what a dead worker left of a job goes with the job", async () => {
  const { rows, tokens } = open();
  const token = await tokens.issue(RUN, 60);
  await tokens.endAll({ tenantId: "t1", jobId: "a-b" });
  await tokens.endAll({ tenantId: "t1", jobId: "a-b" });
  await expect(tokens.verify(token)).rejects.toMatchObject(refused);
  expect(rows.rows.size).toBe(0);
});

it.each([
  "",
  "dfrun_",
  "dfrun_dDE.a-b",
  `dfrun_dDE.a-b.${"A".repeat(43)}`,
  `dfrun_dDE.b-c.${"A".repeat(43)}`,
  `dfrun_${"A".repeat(500)}.a.${"A".repeat(43)}`,
])("%j is no token", async (token) => {
  const { tokens } = open();
  await tokens.issue(RUN, 60);
  await expect(tokens.verify(token)).rejects.toMatchObject(refused);
});

it("a token that gets into a text is taken out of it", async () => {
  const token = await open().tokens.issue(RUN, 60);
  expect(new Redactor().text(`the header was Bearer ${token}, and`)).toBe(
    "the header was Bearer [secret:run-token], and",
  );
});
