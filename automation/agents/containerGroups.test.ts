import type { ContainerGroup, ContainerInstanceManagementClient } from "@azure/arm-containerinstance";
import { expect, it } from "vitest";
import { ContainerGroups } from "./containerGroups.ts";

const groups = {
  location: "eastus",
  tags: {},
  agents: {
    qa_agent: { image: `r/qa@sha256:${"a".repeat(64)}`, identityId: "/subscriptions/i", cpu: 1, memoryGb: 2, env: {} },
  },
};
const run = { agent: "qa_agent", prefix: "j/1-check-0-qa_agent", seconds: 60 };
const signal = new AbortController().signal;
const refusal = (code: string, statusCode: number) => Object.assign(new Error(`${code}.`), { code, statusCode });

type Groups = ContainerInstanceManagementClient["containerGroups"];

/** A host on a client that answers as it is told; names of what was to be deleted. */
function hostOn(answers: {
  readonly create?: () => Promise<unknown>;
  readonly made?: () => Promise<unknown>;
  readonly get?: () => Promise<ContainerGroup>;
  readonly remove?: (time: number) => Promise<unknown>;
}) {
  const removed: string[] = [];
  const containerGroups = {
    beginCreateOrUpdate: answers.create ?? (async () => ({ pollUntilDone: answers.made ?? (async () => ({})) })),
    get: answers.get,
    beginDelete: async (_: string, name: string) => {
      removed.push(name);
      return answers.remove?.(removed.length);
    },
  } as unknown as Groups;
  const client = { containerGroups } as ContainerInstanceManagementClient;
  return { removed, host: new ContainerGroups({ client, resourceGroupName: "rg", groups, server: "r" }) };
}

it("a start that fails takes back what it may have made, and says why", async () => {
  const { host, removed } = hostOn({ create: () => Promise.reject(refusal("ContainerGroupQuotaReached", 409)) });
  await expect(host.start(run, signal)).rejects.toMatchObject({ code: "AGENT_NO_ROOM" });
  expect(removed).toEqual([expect.stringMatching(/^ci-qa-agent-[0-9a-f]{16}$/)]);
});

it("a start that is stopped says so, whatever the client made of it", async () => {
  const stop = new AbortController();
  const create = async () => {
    stop.abort(new Error("the worker stops"));
    throw refusal("AbortError", 0);
  };
  const { host, removed } = hostOn({ create });
  await expect(host.start(run, stop.signal)).rejects.toThrow("the worker stops");
  expect(removed).toHaveLength(1);
});

it("a group that was accepted and gets no place after all ends the wait", async () => {
  const late = "The requested resource is not available in the location 'eastus' at this moment.";
  const { host } = hostOn({
    made: () => Promise.reject(new Error(late)),
    get: () => Promise.reject(new Error("not asked")),
  });
  const execution = await host.start(run, signal);
  await expect(execution.status(signal)).rejects.toMatchObject({
    code: "AGENT_NO_ROOM",
    message: `qa_agent could not be started: ${late}`,
  });
});

it("a group that somebody deleted is over; another error is told as it is", async () => {
  const gone = await hostOn({ get: () => Promise.reject(refusal("ResourceNotFound", 404)) }).host.start(run, signal);
  expect(await gone.status(signal)).toEqual({ over: true, text: "Deleted" });
  const error = refusal("AuthorizationFailed", 403);
  const closed = await hostOn({ get: () => Promise.reject(error) }).host.start(run, signal);
  await expect(closed.status(signal)).rejects.toBe(error);
});

it("a group that is just being made refuses its deletion once, and is asked again; another refusal is left to the next look", async () => {
  const busy = (time: number) =>
    time === 1 ? Promise.reject(refusal("ContainerGroupTransitioning", 409)) : Promise.resolve();
  const twice = hostOn({ remove: busy });
  await (await twice.host.start(run, signal)).end();
  expect(twice.removed).toHaveLength(2);
  const once = hostOn({ remove: () => Promise.reject(refusal("AuthorizationFailed", 403)) });
  await (await once.host.start(run, signal)).end();
  expect(once.removed).toHaveLength(1);
});
