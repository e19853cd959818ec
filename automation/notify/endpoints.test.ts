import { expect, it } from "vitest";
import { atCall, withFaults } from "../jobs/testing/faults.ts";
import { MemoryStore } from "../jobs/testing/memoryStore.ts";
import { KeyStore } from "../keys/keyStore.ts";
import { MemoryKeyRows, processWrapper } from "../keys/testing/memoryKeys.ts";
import { OutboundClient } from "../outbound/outboundClient.ts";
import { Endpoints } from "./endpoints.ts";

const ADA = { tenantId: "t1", userId: "ada" };
const WISH = { url: "http://127.0.0.1:9/hook", kind: "webhook", events: ["job.failed"] } as const;

it.each(["before", "after"] as const)(
  "the secret that is shown is the one that is stored, though each write fails %s it was done",
  async (fault) => {
    const memory = new MemoryStore();
    const keys = new KeyStore({ rows: new MemoryKeyRows(), wrapper: processWrapper() });
    const at = (call: number) => {
      const store = withFaults(memory, ["batch"], atCall(call, fault));
      return new Endpoints({ store, keys, outbound: new OutboundClient({ reach: "loopback" }) });
    };
    const made = await at(1).put(ADA, "hook", WISH);
    const rotated = await at(1).rotate(ADA, "hook");
    const stored = await at(9).secrets(await at(9).get(ADA, "hook"));
    expect([made.created, stored.secret, stored.previous?.secret]).toEqual([true, rotated.secret, made.secret]);
    const { id } = await at(1).ping(ADA, "hook");
    expect((await at(9).notifications(ADA, "hook")).map(({ event }) => event.id)).toEqual([id]);
    await at(1).remove(ADA, "hook");
    await expect(at(9).get(ADA, "hook")).rejects.toMatchObject({ code: "ENDPOINT_NOT_FOUND" });
  },
);
