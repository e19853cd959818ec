import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

interface KeyValue {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: number | string; readonly boolValue?: boolean };
}

interface WireSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes?: readonly KeyValue[];
  readonly events?: readonly { readonly name: string; readonly attributes?: readonly KeyValue[] }[];
}

/** A span as it arrived. */
export interface Received {
  readonly service: string;
  readonly scope: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly { readonly name: string; readonly attributes: Readonly<Record<string, unknown>> }[];
}

interface Batch {
  readonly resource: { readonly attributes: readonly KeyValue[] };
}
interface SpanBatch extends Batch {
  readonly scopeSpans: readonly { readonly scope: { readonly name: string }; readonly spans: readonly WireSpan[] }[];
}
interface MetricBatch extends Batch {
  readonly scopeMetrics: readonly { readonly metrics: readonly { readonly name: string }[] }[];
}

/** Takes OTLP over HTTP as JSON (OpenTelemetry Protocol 1.x, "OTLP/HTTP"), as a collector does. */
export class OtlpReceiver implements AsyncDisposable {
  readonly #server: Server;
  readonly spans: Received[] = [];
  /** Service → names of its metrics. */
  readonly metrics = new Map<string, Set<string>>();
  /** Everything that came, as text. */
  text = "";

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<OtlpReceiver> {
    const server = createServer();
    const receiver = new OtlpReceiver(server);
    server.on("request", (request, response) => {
      void receiver.#take(request).then((ok) => {
        response.writeHead(ok ? 200 : 404, { "content-type": "application/json" }).end("{}");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return receiver;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async #take(request: IncomingMessage): Promise<boolean> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    const text = (request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes).toString("utf8");
    this.text += text;
    if (request.url === "/v1/traces") this.#takeSpans(JSON.parse(text).resourceSpans as readonly SpanBatch[]);
    else if (request.url === "/v1/metrics")
      this.#takeMetrics(JSON.parse(text).resourceMetrics as readonly MetricBatch[]);
    else return false;
    return true;
  }

  #takeSpans(batches: readonly SpanBatch[]): void {
    for (const { resource, scopeSpans } of batches)
      for (const { scope, spans } of scopeSpans)
        for (const { traceId, spanId, parentSpanId = "", name, attributes = [], events = [] } of spans)
          this.spans.push({
            service: serviceOf(resource),
            scope: scope.name,
            ...{ traceId, spanId, parentSpanId, name },
            attributes: toObject(attributes),
            events: events.map((each) => ({ name: each.name, attributes: toObject(each.attributes ?? []) })),
          });
  }

  #takeMetrics(batches: readonly MetricBatch[]): void {
    for (const { resource, scopeMetrics } of batches) {
      const service = serviceOf(resource);
      const names = this.metrics.get(service) ?? new Set();
      this.metrics.set(service, names);
      for (const { metrics } of scopeMetrics) for (const { name } of metrics) names.add(name);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function serviceOf({ attributes }: Batch["resource"]): string {
  return String(toObject(attributes)["service.name"]);
}

function toObject(list: readonly KeyValue[]): Record<string, unknown> {
  return Object.fromEntries(
    list.map(({ key, value }) => [key, value.stringValue ?? value.boolValue ?? Number(value.intValue)]),
  );
}
