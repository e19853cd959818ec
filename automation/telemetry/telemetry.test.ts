import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { createTracingClient } from "@azure/core-tracing";
import { context, propagation, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { beforeEach, expect, it } from "vitest";
import { createLogger } from "../logger.ts";
import { Redactor } from "../redact.ts";
import { traceAzureClients } from "./azureClients.ts";
import { redactingExporter } from "./redactingExporter.ts";
import { inSpan, parentFor, startSpan, traced, traceparent } from "./spans.ts";
import { exportersOf, startTelemetry } from "./telemetry.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = `00-${TRACE}-b7ad6b7169203331-01`;
const SECRET = "hunter2-is-the-word";

const redactor = new Redactor();
redactor.add(SECRET);
const exported = new InMemorySpanExporter();
const processor = new SimpleSpanProcessor(redactingExporter(exported, redactor));
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [processor] }));
traceAzureClients();
beforeEach(() => exported.reset());

const names = () => exported.getFinishedSpans().map(({ name }) => name);

it("a span stands under the trace that a row or a message brought, and hands it on", async () => {
  const [own, row] = await inSpan("job", { parent: PARENT }, async () => [traceparent(), traced()]);
  const [span] = exported.getFinishedSpans();
  expect([span?.spanContext().traceId, span?.parentSpanContext?.spanId]).toEqual([TRACE, "b7ad6b7169203331"]);
  expect(own).toBe(`00-${TRACE}-${span?.spanContext().spanId}-01`);
  expect(row).toEqual({ traceparent: own });
  expect([traceparent(), traced()]).toEqual([undefined, {}]); // outside there is none
});

it("a row's work stands under the active span of its trace, and under the row's own parent in any other", async () => {
  expect(parentFor(PARENT)).toEqual({ parent: PARENT });
  expect(parentFor(undefined)).toEqual({});
  expect(await inSpan("same", { parent: PARENT }, async () => parentFor(PARENT))).toEqual({});
  expect(await inSpan("another", {}, async () => parentFor(PARENT))).toEqual({ parent: PARENT });
});

it("what is thrown marks the span, goes on, and has no secret in it", async () => {
  const work = inSpan(`read ${SECRET}`, { attributes: { url: `https://a:${SECRET}@b`, list: [SECRET] } }, async () => {
    throw new Error(`no access with ${SECRET}`);
  });
  await expect(work).rejects.toThrow(`no access with ${SECRET}`);
  const [span] = exported.getFinishedSpans();
  expect([span?.name, span?.attributes, span?.status]).toEqual([
    "read [secret:value]",
    { url: "https://a:[secret:password]@b", list: ["[secret:value]"] },
    { code: SpanStatusCode.ERROR, message: "no access with [secret:value]" },
  ]);
  const [thrown] = span?.events ?? [];
  expect(thrown?.attributes?.["exception.message"]).toBe("no access with [secret:value]");
  expect(JSON.stringify(thrown)).not.toContain(SECRET);
});

it("calls of Azure's clients are spans inside a trace, and silent outside", async () => {
  const client = createTracingClient({ namespace: "Microsoft.Storage", packageName: "@azure/storage-blob" });
  const call = () => client.withSpan("BlobClient.download", {}, async () => "done", { spanKind: "client" });
  expect(await call()).toBe("done");
  expect(names()).toEqual([]);
  await inSpan("step sync", { parent: PARENT }, call);
  const [blob, step] = exported.getFinishedSpans();
  expect([blob?.name, blob?.instrumentationScope.name]).toEqual(["BlobClient.download", "@azure/storage-blob"]);
  expect(blob?.parentSpanContext?.spanId).toBe(step?.spanContext().spanId);
});

it("a request of Azure's clients carries the trace on", async () => {
  const client = createTracingClient({ namespace: "n", packageName: "p" });
  const headers = await inSpan("step", { parent: PARENT }, async () => client.createRequestHeaders(context.active()));
  expect(headers.traceparent).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`));
});

it("a log line names the active span", async () => {
  const lines: string[] = [];
  const { write } = process.stdout;
  process.stdout.write = (text: string | Uint8Array) => lines.push(String(text)) > 0;
  const log = createLogger("test", "info", redactor);
  await inSpan("job", { parent: PARENT }, async () => log.info("inside"));
  log.info("outside");
  process.stdout.write = write;
  const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const [span] = exported.getFinishedSpans();
  expect(parsed.map(({ msg, trace_id, span_id }) => [msg, trace_id, span_id])).toEqual([
    ["inside", TRACE, span?.spanContext().spanId],
    ["outside", undefined, undefined],
  ]);
});

it("a span that another call ends stands under the given parent", () => {
  startSpan("create", { parent: PARENT }).end();
  expect(exported.getFinishedSpans()[0]?.parentSpanContext?.traceId).toBe(TRACE);
});

it.each([
  [{}, []],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" }, ["otlp"]],
  [{ APPLICATIONINSIGHTS_CONNECTION_STRING: "InstrumentationKey=x" }, ["azure"]],
  [{ APPLICATIONINSIGHTS_CONNECTION_STRING: "x", OTEL_EXPORTER_OTLP_ENDPOINT: "y" }, ["azure", "otlp"]],
])("%j sends to %j", (environment, receivers) => expect(exportersOf(environment)).toEqual(receivers));

it("without a receiver nothing of the SDK is loaded", async () => {
  expect((await startTelemetry({ service: "api", environment: {}, redactor })).isOn).toBe(false);
  const program = `
    import { createRequire } from "node:module";
    import { startTelemetry } from "./automation/telemetry/telemetry.ts";
    import { inSpan, traced } from "./automation/telemetry/spans.ts";
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: process.argv[1] };
    const telemetry = await startTelemetry({ service: "api", environment, redactor: { text: (x) => x, data: (x) => x } });
    const kept = await inSpan("a", {}, async () => traced());
    const loaded = Object.keys(createRequire(import.meta.url).cache).flatMap((path) => /@opentelemetry\\/([^/]+)/.exec(path)?.[1] ?? []);
    console.log(JSON.stringify([telemetry.isOn, [...new Set(loaded)].filter((name) => name.startsWith("sdk")).length > 0, "traceparent" in kept]));
    process.exit(0);`;
  const run = async (endpoint: string) => {
    const args = ["--input-type=module", "-e", program, endpoint];
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      cwd: new URL("../..", import.meta.url),
    });
    return JSON.parse(stdout) as unknown;
  };
  expect([await run(""), await run("http://127.0.0.1:9")]).toEqual([
    [false, false, false],
    [true, true, true],
  ]);
});
