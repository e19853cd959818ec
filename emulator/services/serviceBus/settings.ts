import type { ArmResource } from "../../core/resources.ts";

/** How an entity behaves, read from its ARM resource with Azure's defaults. Times in milliseconds. */
export interface EntitySettings {
  readonly lockDurationMs: number;
  readonly maxDeliveryCount: number;
  readonly requiresSession: boolean;
  /** Undefined: messages live for ever. */
  readonly defaultTtlMs: number | undefined;
  readonly deadLettersExpired: boolean;
  /** Undefined: no duplicate detection. */
  readonly duplicateWindowMs: number | undefined;
  readonly forwardTo: string | undefined;
  readonly forwardDeadLettersTo: string | undefined;
  readonly canSend: boolean;
  readonly canReceive: boolean;
}

/** Anything as long as .NET's TimeSpan.MaxValue (29,227 years) means "never". */
const NEVER_MS = 10_000 * 365 * 24 * 3600 * 1000;
const DURATION = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** Milliseconds of an ISO 8601 duration of days and smaller units; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  const parts = DURATION.exec(text);
  if (!parts || text === "P") return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map((part) => Number(part ?? 0));
  return ((days * 24 + hours) * 60 + minutes) * 60_000 + seconds * 1000;
}

const cache = new WeakMap<ArmResource, EntitySettings>();

/** Settings of a queue, topic or subscription. */
export function settingsOf(resource: ArmResource): EntitySettings {
  const found = cache.get(resource);
  if (found) return found;
  const made = readSettings(resource.properties);
  cache.set(resource, made);
  return made;
}

function readSettings(properties: Readonly<Record<string, unknown>>): EntitySettings {
  const duration = (name: string) => parseDuration(String(properties[name] ?? ""));
  const text = (name: string) => (properties[name] ? String(properties[name]) : undefined);
  const ttl = duration("defaultMessageTimeToLive");
  const status = String(properties.status ?? "Active");
  return {
    lockDurationMs: duration("lockDuration") ?? 60_000,
    maxDeliveryCount: Number(properties.maxDeliveryCount ?? 10),
    requiresSession: properties.requiresSession === true,
    defaultTtlMs: ttl === undefined || ttl >= NEVER_MS ? undefined : ttl,
    deadLettersExpired: properties.deadLetteringOnMessageExpiration === true,
    duplicateWindowMs:
      properties.requiresDuplicateDetection === true
        ? (duration("duplicateDetectionHistoryTimeWindow") ?? 600_000)
        : undefined,
    forwardTo: text("forwardTo"),
    forwardDeadLettersTo: text("forwardDeadLetteredMessagesTo"),
    canSend: status === "Active" || status === "ReceiveDisabled",
    canReceive: status === "Active" || status === "SendDisabled",
  };
}
