import { expect, it } from "vitest";
import { providerRefusal } from "./providerRefusal.ts";

it.each([
  ["7", 7],
  ["0.2", 1],
  ["86400", 60], // an agent's run is over long before: the job is tried again instead
  ["-1", 5],
  ["Wed, 21 Oct 2026 07:28:00 GMT", 5],
  [undefined, 5],
])("a busy provider that says `retry-after: %s` is asked again after %d s", (given, seconds) => {
  const headers = given === undefined ? {} : { "retry-after": given };
  const refusal = providerRefusal("openai", { status: 429, headers, text: '{"error":{"message":"slow down"}}' });
  expect([refusal.code, refusal.details]).toEqual([
    "MODEL_BUSY",
    { provider: "openai", status: 429, reason: "slow down", retryAfterSeconds: seconds },
  ]);
});
