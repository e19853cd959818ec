import { ArmError, type ArmResource, type Json, type ResourceHooks, type ResourcePut } from "../../core/resources.ts";
import { type Entities, NAMESPACE } from "./entities.ts";
import { checkRule } from "./filters.ts";
import { parseDuration } from "./settings.ts";

const MAX_LOCK_MS = 300_000;
const NEVER = "P10675199DT2H48M5.4775807S";

export interface Namespaces {
  /** Opens the port of a namespace. @returns its port */
  open(id: string): Promise<number>;
  close(id: string): Promise<void>;
}

/** What ARM does through this service. */
export function serviceBusHooks(entities: () => Entities, namespaces: Namespaces): readonly ResourceHooks[] {
  return [
    {
      type: NAMESPACE,
      put: async ({ desired }) => {
        const port = await namespaces.open(desired.id);
        const stamps = {
          status: "Active",
          serviceBusEndpoint: `https://localhost:${port}/`,
          metricId: `local:${desired.name}`,
        };
        return {
          ...stamps,
          minimumTlsVersion: desired.properties.minimumTlsVersion ?? "1.2",
          disableLocalAuth: desired.properties.disableLocalAuth ?? false,
        };
      },
      delete: async (namespace) => {
        entities().drop(namespace);
        await namespaces.close(namespace.id);
      },
    },
    lineHooks(`${NAMESPACE}/queues`, entities),
    lineHooks(`${NAMESPACE}/topics/subscriptions`, entities),
    {
      type: `${NAMESPACE}/topics`,
      validate: (put) => checkEntity(put, ["requiresDuplicateDetection", "enablePartitioning"]),
      put: async ({ desired }) => topicDefaults(desired),
      read: (topic) => ({ subscriptionCount: entities().subscriptionCount(topic) }),
      delete: async (topic) => entities().drop(topic),
    },
    {
      type: `${NAMESPACE}/topics/subscriptions/rules`,
      validate: ({ desired }) => checkRule(desired),
      put: async ({ desired }) => ruleDefaults(desired),
    },
  ];
}

/** Queues and subscriptions. */
function lineHooks(type: string, entities: () => Entities): ResourceHooks {
  const isQueue = type.endsWith("/queues");
  return {
    type,
    validate: (put) =>
      checkEntity(
        put,
        isQueue ? ["requiresSession", "requiresDuplicateDetection", "enablePartitioning"] : ["requiresSession"],
      ),
    put: async ({ desired }) => {
      entities().queueOf(desired);
      return isQueue ? queueDefaults(desired) : subscriptionDefaults(desired);
    },
    read: (resource) => {
      const { active, deferred, scheduled, bytes, deadLetters } = entities().countsOf(resource);
      const countDetails = {
        activeMessageCount: active,
        deadLetterMessageCount: deadLetters,
        scheduledMessageCount: scheduled,
        transferMessageCount: 0,
        transferDeadLetterMessageCount: 0,
      };
      return {
        messageCount: active + deferred + scheduled + deadLetters,
        countDetails,
        ...(isQueue ? { sizeInBytes: bytes } : {}),
      };
    },
    delete: async (resource) => entities().drop(resource),
  };
}

/** Defaults of the service (ARM reference, Microsoft.ServiceBus 2024-01-01), under what the client sets. */
function queueDefaults({ properties }: ArmResource): Json {
  const fixed = {
    enablePartitioning: false,
    requiresDuplicateDetection: false,
    enableExpress: false,
    maxSizeInMegabytes: 1024,
    maxMessageSizeInKilobytes: 256,
  };
  return { ...lineDefaults, ...fixed, duplicateDetectionHistoryTimeWindow: "PT10M", ...properties };
}

function subscriptionDefaults({ properties }: ArmResource): Json {
  return { ...lineDefaults, deadLetteringOnFilterEvaluationExceptions: true, isClientAffine: false, ...properties };
}

const lineDefaults = {
  lockDuration: "PT1M",
  maxDeliveryCount: 10,
  requiresSession: false,
  defaultMessageTimeToLive: NEVER,
  deadLetteringOnMessageExpiration: false,
  enableBatchedOperations: true,
  autoDeleteOnIdle: NEVER,
  status: "Active",
};

function topicDefaults({ properties }: ArmResource): Json {
  const fixed = {
    maxSizeInMegabytes: 1024,
    requiresDuplicateDetection: false,
    enableBatchedOperations: true,
    supportOrdering: true,
    enablePartitioning: false,
  };
  const times = {
    defaultMessageTimeToLive: NEVER,
    duplicateDetectionHistoryTimeWindow: "PT10M",
    autoDeleteOnIdle: NEVER,
    status: "Active",
  };
  return { ...fixed, ...times, ...properties };
}

function ruleDefaults({ properties }: ArmResource): Json {
  const isCorrelation = properties.correlationFilter !== undefined && properties.sqlFilter === undefined;
  return { filterType: isCorrelation ? "CorrelationFilter" : "SqlFilter", action: {}, ...properties };
}

function checkEntity({ desired, existing }: ResourcePut, fixed: readonly string[]): void {
  const { properties } = desired;
  for (const name of ["lockDuration", "defaultMessageTimeToLive", "duplicateDetectionHistoryTimeWindow"]) {
    const value = properties[name];
    if (value !== undefined && parseDuration(String(value)) === undefined)
      throw bad(`The value '${value}' of '${name}' is not an ISO 8601 duration.`);
  }
  const lockMs = parseDuration(String(properties.lockDuration ?? "PT1M")) ?? 0;
  if (lockMs <= 0 || lockMs > MAX_LOCK_MS) throw bad("The lock duration must be more than zero and at most 5 minutes.");
  const deliveries = Number(properties.maxDeliveryCount ?? 10);
  if (!Number.isInteger(deliveries) || deliveries < 1 || deliveries > 2000)
    throw bad("'maxDeliveryCount' must be 1 to 2000.");
  for (const name of fixed) {
    if (existing && (properties[name] ?? false) !== (existing.properties[name] ?? false))
      throw bad(`The value of '${name}' cannot be changed after creation.`);
  }
}

function bad(message: string): ArmError {
  return new ArmError(400, "BadRequest", message);
}
