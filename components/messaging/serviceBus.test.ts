import { expect, it } from "vitest";
import { productionLock, rawResources, record, resolved, TEST_TAGS, testContext } from "../testing/index.ts";
import { ServiceBus } from "./serviceBus.ts";

it.each([
  { profile: "dev", namespaceName: "sbns-clinic-dev-ozx7qd" },
  { profile: "production", namespaceName: "sbns-clinic-prod-flsbvj" },
] as const)("$profile: Standard, Entra sign-in only, dead letters kept", async ({ profile, namespaceName }) => {
  const queues = { jobs: { sessions: true, duplicateDetection: true }, mails: {} };
  const made = await record(() => new ServiceBus("bus", { context: testContext(profile), queues }));
  const queue = {
    resourceGroupName: "rg",
    namespaceName,
    lockDuration: "PT1M",
    maxDeliveryCount: 5,
    defaultMessageTimeToLive: "P14D",
    deadLetteringOnMessageExpiration: true,
  };
  expect(rawResources(made)).toEqual({
    "bus-namespace": [
      "servicebus:Namespace",
      {
        resourceGroupName: "rg",
        location: "eastus",
        namespaceName,
        sku: { name: "Standard", tier: "Standard" },
        disableLocalAuth: true,
        minimumTlsVersion: "1.2",
        publicNetworkAccess: "Enabled", // filled in by azure-native's SDK
        tags: { ...TEST_TAGS, "devfactory-component": "bus" },
      },
    ],
    "bus-queue-jobs": [
      "servicebus:Queue",
      {
        ...queue,
        queueName: "jobs",
        requiresSession: true,
        requiresDuplicateDetection: true,
        duplicateDetectionHistoryTimeWindow: "PT10M",
      },
    ],
    "bus-queue-mails": [
      "servicebus:Queue",
      { ...queue, queueName: "mails", requiresSession: false, requiresDuplicateDetection: false },
    ],
    ...(profile === "production" && {
      "bus-lock": productionLock("lock-clinic-prod-jimxv7", `Microsoft.ServiceBus/namespaces/${namespaceName}`),
    }),
  });
});

it("the host has no port where it is the usual one", async () => {
  const made = await record(() => resolved(new ServiceBus("bus", { context: testContext("dev"), queues: {} }).host));
  expect(made.result).toBe("sbns-clinic-dev-ozx7qd.servicebus.windows.net");
});

it("the last word on one queue is the transform's", async () => {
  const transform = { "queue-jobs": { maxDeliveryCount: 9 } };
  const made = await record(
    () => new ServiceBus("bus", { context: testContext("dev"), queues: { jobs: {}, mails: {} }, transform }),
  );
  const raw = rawResources(made);
  expect([raw["bus-queue-jobs"]?.[1].maxDeliveryCount, raw["bus-queue-mails"]?.[1].maxDeliveryCount]).toEqual([9, 5]);
});

it("topics and their subscriptions", async () => {
  const topics = { news: { duplicateDetection: true, subscriptions: { mail: {}, audit: { sessions: true } } } };
  const made = await record(() => new ServiceBus("bus", { context: testContext("dev"), sku: "Premium", topics }));
  const raw = rawResources(made);
  const { "bus-namespace": namespace, ...parts } = raw;
  expect(namespace?.[1].sku).toEqual({ name: "Premium", tier: "Premium", capacity: 1 });
  const below = { resourceGroupName: "rg", namespaceName: "sbns-clinic-dev-ozx7qd" };
  const delivery = { lockDuration: "PT1M", maxDeliveryCount: 5, deadLetteringOnMessageExpiration: true };
  const subscription = (subscriptionName: string, requiresSession: boolean) => [
    "servicebus:Subscription",
    {
      ...below,
      topicName: "news",
      subscriptionName,
      requiresSession,
      ...delivery,
      defaultMessageTimeToLive: "P14D",
    },
  ];
  expect(parts).toEqual({
    "bus-topic-news": [
      "servicebus:Topic",
      {
        ...below,
        topicName: "news",
        requiresDuplicateDetection: true,
        duplicateDetectionHistoryTimeWindow: "PT10M",
        defaultMessageTimeToLive: "P14D",
      },
    ],
    "bus-subscription-news-mail": subscription("mail", false),
    "bus-subscription-news-audit": subscription("audit", true),
  });
});
