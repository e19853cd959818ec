import type { TokenCredential } from "@azure/identity";
import type { Redactor } from "../redact.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Names by which a process learns where its telemetry goes; a deployment process gets them too. */
export const TELEMETRY_VARIABLES = [
  "APPLICATIONINSIGHTS_CONNECTION_STRING",
  "OTEL_EXPORTER_OTLP_ENDPOINT",
  "OTEL_EXPORTER_OTLP_HEADERS",
  "OTEL_METRIC_EXPORT_INTERVAL",
  "OTEL_TRACES_SAMPLER",
  "OTEL_TRACES_SAMPLER_ARG",
] as const;

export interface TelemetryOptions {
  /** `api`, `worker` or `deployment`. */
  readonly service: string;
  readonly environment: Environment;
  /** Everything passes it before it leaves the process. */
  readonly redactor: Redactor;
  /** For Application Insights; without it the connection string's key alone is sent. */
  readonly credential?: () => TokenCredential | Promise<TokenCredential>;
}

export interface Telemetry {
  readonly isOn: boolean;
  /** Sends what waits, for at most three seconds. */
  stop(): Promise<void>;
}

const OFF: Telemetry = { isOn: false, stop: async () => undefined };

/** Where telemetry goes: both, one, or nowhere. */
export function exportersOf(environment: Environment): readonly ("azure" | "otlp")[] {
  return [
    ...(environment.APPLICATIONINSIGHTS_CONNECTION_STRING ? (["azure"] as const) : []),
    ...(environment.OTEL_EXPORTER_OTLP_ENDPOINT ? (["otlp"] as const) : []),
  ];
}

/**
 * Starts traces and metrics of this process where its environment names a receiver. Else nothing of OpenTelemetry but its empty API is
 * loaded, and every span is an empty object.
 */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const exporters = exportersOf(options.environment);
  if (exporters.length === 0) return OFF;
  const { startSdk } = await import("./sdk.ts");
  return startSdk(options, exporters);
}
