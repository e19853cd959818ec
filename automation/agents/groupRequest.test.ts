import fc from "fast-check";
import { expect, it } from "vitest";
import { groupName, groupRequest } from "./groupRequest.ts";

const groups = {
  location: "westeurope",
  tags: { "devfactory-platform": "dev" },
  agents: {
    qa_agent: {
      image: `r.azurecr.io/devfactory/qa-agent@sha256:${"a".repeat(64)}`,
      identityId: "/subscriptions/s/i/qa",
      cpu: 1,
      memoryGb: 2,
      env: { AZURE_CLIENT_ID: "c", AZURE_STORAGE_BLOB_ENDPOINT: "https://f/" },
    },
  },
};
const run = { agent: "qa_agent", prefix: "job1/1-check-0-qa_agent", seconds: 420 };
const at = { server: "r.azurecr.io", nowMs: Date.parse("2026-01-01T00:00:00Z") };

it("names are what Azure takes, whatever the agent is called", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 90 }), (agent) => {
      const name = groupName(agent);
      expect(name).toMatch(/^[a-z](?!.*--)[a-z0-9-]{1,61}[a-z0-9]$/);
      return name.length <= 63;
    }),
  );
  expect(groupName("planner_agent", "0123456789abcdef")).toBe("ci-planner-agent-0123456789abcdef");
  expect(groupName(`${"long_".repeat(20)}agent`, "0123456789abcdef")).toBe(
    "ci-long-long-long-long-long-long-long-long-lon-0123456789abcdef",
  );
});

it("two runs of one task have two names", () => {
  expect(groupName("qa_agent")).not.toBe(groupName("qa_agent"));
});

it("a group runs once, under the agent's identity, with its variables, its task and the tags that find it again", () => {
  expect(groupRequest(run, groups, at)).toEqual({
    location: "westeurope",
    tags: {
      "devfactory-platform": "dev",
      "devfactory-job": "job1",
      "devfactory-agent": "qa_agent",
      "devfactory-until": "2026-01-01T00:12:00.000Z",
    },
    osType: "Linux",
    sku: "Standard",
    restartPolicy: "Never",
    identity: { type: "UserAssigned", userAssignedIdentities: { "/subscriptions/s/i/qa": {} } },
    imageRegistryCredentials: [{ server: "r.azurecr.io", identity: "/subscriptions/s/i/qa" }],
    containers: [
      {
        name: "main",
        image: groups.agents.qa_agent.image,
        resources: { requests: { cpu: 1, memoryInGB: 2 } },
        environmentVariables: [
          { name: "AZURE_CLIENT_ID", value: "c" },
          { name: "AZURE_STORAGE_BLOB_ENDPOINT", value: "https://f/" },
          { name: "DEVFACTORY_TASK", value: "job1/1-check-0-qa_agent" },
        ],
      },
    ],
  });
});

it("in a network it stands in the subnet", () => {
  expect(groupRequest(run, { ...groups, subnetId: "/subscriptions/s/sub" }, at).subnetIds).toEqual([
    { id: "/subscriptions/s/sub" },
  ]);
});
