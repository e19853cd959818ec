import { Topic } from "@pulumi/azure-native/eventgrid/topic.js";
import { expect, it } from "vitest";
import { ContainerApp } from "../compute/containerApp.ts";
import { ContainerEnvironment } from "../compute/containerEnvironment.ts";
import { ContainerRegistry } from "../registry/containerRegistry.ts";
import {
  containerVariables,
  guid,
  rawResources,
  record,
  resolved,
  SUBSCRIPTION_ID,
  testContext,
} from "../testing/index.ts";
import { grantReport } from "./access.ts";
import { linkable } from "./linkable.ts";

const SENDER = {
  name: "eventGridSender",
  id: "d5a91429-5739-47e2-a06b-3470a27159e7",
  title: "EventGrid Data Sender",
} as const;

/** A topic as a program makes it that needs a service without a component. */
function makeTopic() {
  const topic = new Topic("news", { resourceGroupName: "rg", topicName: "evgt-news" });
  return linkable(topic, (it) => ({
    key: "news",
    env: { AZURE_EVENT_GRID_TOPIC: it.name },
    access: {
      send: SENDER,
      watch: [
        { role: "logReader", scope: "/workspace" },
        { role: SENDER, scope: "/elsewhere", condition: "@x" },
      ],
    },
  }));
}

it("a consumer gets the role on the raw resource, its variables, and waits for it", async () => {
  const made = await record(async () => {
    const context = testContext("dev");
    const app = new ContainerApp("web", {
      context,
      environment: new ContainerEnvironment("env", { context }),
      registry: ContainerRegistry.existing("r", { registryId: "/registry", loginServer: "r.azurecr.io" }),
      image: "i",
      link: [makeTopic().link("send")],
    });
    return await resolved(grantReport([app]));
  });
  const raw = rawResources(made);
  const principalId = guid(`principal ${raw["web-identity"]?.[1].resourceName}`);
  expect(raw["web-to-news-eventGridSender"]).toEqual([
    "authorization:RoleAssignment",
    {
      scope: "azure-native:eventgrid:Topic/news", // the recorder's id of a type that it has no rule for
      roleAssignmentName: expect.stringMatching(/^[0-9a-f-]{36}$/),
      roleDefinitionId: `/subscriptions/${SUBSCRIPTION_ID}/providers/Microsoft.Authorization/roleDefinitions/${SENDER.id}`,
      principalId,
      principalType: "ServicePrincipal",
      description: "DevFactory clinic: web to news",
    },
  ]);
  expect(containerVariables(made, "web-app").AZURE_EVENT_GRID_TOPIC).toBe("news");
  const order = (name: string) => made.resources.find((each) => each.name === name)?.dependsOn;
  expect(order("web-to-news-eventGridSender")).toContain("news");
  expect(order("web-app")).toContain("web-to-news-eventGridSender");
  expect(made.result).toContainEqual({
    consumer: "web",
    principalId,
    role: "EventGrid Data Sender",
    scope: "azure-native:eventgrid:Topic/news",
  });
});

it("a level may give several roles on scopes of its own; describing makes nothing", async () => {
  const made = await record(() => makeTopic().link("watch").roles);
  expect(made.result).toEqual([
    { role: "logReader", scope: "/workspace" },
    { role: SENDER, scope: "/elsewhere", condition: "@x" },
  ]);
  expect(made.resources.map(({ name }) => name)).toEqual(["news"]);
});

it.each(["rule", "toString"])("the level %s, which was not described, is refused", async (level) => {
  const made = record(() => makeTopic().link(level as "send"));
  await expect(made).rejects.toThrow(`A consumer cannot use news with ${level}.`);
});
