import { hostname } from "node:os";
import { context, metrics, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider, PeriodicExportingMetricReader, type PushMetricExporter } from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from "@opentelemetry/sdk-trace-base";
import { traceAzureClients } from "./azureClients.ts";
import { redactingExporter } from "./redactingExporter.ts";
import type { Telemetry, TelemetryOptions } from "./telemetry.ts";

interface Exporters {
  readonly spans: SpanExporter;
  readonly metrics: PushMetricExporter;
}

const STOP_MS = 3_000;
const METRICS_EVERY_MS = 60_000;
const SPANS_EVERY_MS = 1_000;

/** Starts the SDK with a pair of exporters for each receiver. Only `telemetry.ts` loads this file, and only where there is one. */
export async function startSdk(
  options: TelemetryOptions,
  receivers: readonly ("azure" | "otlp")[],
): Promise<Telemetry> {
  const { service, environment, redactor } = options;
  const exporters = await Promise.all(
    receivers.map((receiver) => (receiver === "azure" ? azureExporters(options) : otlpExporters())),
  );
  const resource = resourceFromAttributes({
    "service.name": `devfactory-${service}`,
    "service.instance.id": environment.CONTAINER_APP_REPLICA_NAME ?? `${hostname()}-${process.pid}`,
  });
  const batches = exporters.map(
    ({ spans }) => new BatchSpanProcessor(redactingExporter(spans, redactor), { scheduledDelayMillis: SPANS_EVERY_MS }),
  );
  const traces = new BasicTracerProvider({ resource, spanProcessors: batches });
  const exportIntervalMillis = Number(environment.OTEL_METRIC_EXPORT_INTERVAL ?? METRICS_EVERY_MS);
  const readers = exporters.map(
    ({ metrics: exporter }) =>
      new PeriodicExportingMetricReader({
        exporter,
        exportIntervalMillis,
        exportTimeoutMillis: Math.min(exportIntervalMillis, 30_000),
      }),
  );
  const meters = new MeterProvider({ resource, readers });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(traces);
  metrics.setGlobalMeterProvider(meters);
  traceAzureClients();
  return {
    isOn: true,
    async stop() {
      const sent = Promise.allSettled([traces.shutdown(), meters.shutdown()]);
      // A receiver that does not answer keeps no process alive.
      await Promise.race([sent, new Promise((resolve) => setTimeout(resolve, STOP_MS).unref())]);
    },
  };
}

/** Endpoint and headers are read from the environment by the exporters themselves (OpenTelemetry, "OTLP Exporter Configuration"). */
async function otlpExporters(): Promise<Exporters> {
  const [{ OTLPTraceExporter }, { OTLPMetricExporter }] = await Promise.all([
    import("@opentelemetry/exporter-trace-otlp-http"),
    import("@opentelemetry/exporter-metrics-otlp-http"),
  ]);
  return { spans: new OTLPTraceExporter(), metrics: new OTLPMetricExporter() };
}

async function azureExporters({ environment, credential }: TelemetryOptions): Promise<Exporters> {
  // The exporter would tell Microsoft about itself, at addresses of its own.
  process.env.APPLICATION_INSIGHTS_NO_STATSBEAT ??= "true";
  const { AzureMonitorTraceExporter, AzureMonitorMetricExporter } = await import(
    "@azure/monitor-opentelemetry-exporter"
  );
  const connectionString = environment.APPLICATIONINSIGHTS_CONNECTION_STRING ?? "";
  // Nothing is left on the disk of a replica that comes and goes.
  const options = {
    connectionString,
    disableOfflineStorage: true,
    ...(credential && { credential: await credential() }),
  };
  return { spans: new AzureMonitorTraceExporter(options), metrics: new AzureMonitorMetricExporter(options) };
}
