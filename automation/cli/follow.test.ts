import { execFile } from "node:child_process";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import type { EventView, JobView } from "../client/apiClient.ts";
import { followJob } from "./follow.ts";

/** A service whose job tells events of these types, with the state that it has when it is asked; it goes on as long as it is followed. */
function service(told: readonly (readonly [type: string, status: string])[], ends: boolean) {
  let status = "queued";
  let closed = false;
  async function* events() {
    try {
      for (const [index, [type, next]] of told.entries()) {
        status = next;
        yield { seq: index + 1, at: "2026-01-01T00:00:00.000Z", type, message: type } as EventView;
      }
      if (!ends) await new Promise(() => {});
    } finally {
      closed = true;
    }
  }
  const api = { events, job: async () => ({ status }) as JobView };
  return { api, isClosed: () => closed };
}

it.each([
  ["a job that waits for an answer is not followed further", [["question", "waiting"]], false, "waiting"],
  [
    "a question that has its answer is one of before",
    [
      ["question", "queued"],
      ["succeeded", "succeeded"],
    ],
    true,
    "succeeded",
  ],
  ["a job is followed to its end", [["log", "processing"]], true, "processing"],
] as const)("%s", async (_what, told, ends, status) => {
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const { api, isClosed } = service(told, ends);
  expect([(await followJob(api, "a-1")).status, isClosed()]).toEqual([status, true]);
  vi.restoreAllMocks();
});

it("who reads no more of the output gets no error", async () => {
  const command = `node ${JSON.stringify(join(import.meta.dirname, "devfactory.mjs"))} components | true`;
  const told = await new Promise<readonly [number | string | null | undefined, string]>((resolve) =>
    execFile("bash", ["-o", "pipefail", "-c", command], (error, _out, err) => resolve([error?.code, err])),
  );
  expect(told).toEqual([undefined, ""]);
}, 60_000);
