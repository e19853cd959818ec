import { expect, it } from "vitest";
import { testApi } from "./testApi.ts";

it("a service whose vault is away is ready and says that it is degraded; without its ledger it is not ready", async () => {
  const { call, health } = testApi();
  const ready = async () => {
    const { status, json } = await call("GET", "/health/ready", undefined, "");
    return [status, json.status];
  };
  expect(await ready()).toEqual([200, "ok"]);
  health.degraded = true;
  expect(await ready()).toEqual([200, "degraded"]);
  health.ready = false;
  expect(await ready()).toEqual([503, "unavailable"]);
});
