import { createRoute, z } from "@hono/zod-openapi";
import { streamSSE } from "hono/streaming";
import { AutomationError } from "../../errors.ts";
import type { JobEvent } from "../../jobs/documents.ts";
import { followEvents } from "../../jobs/eventFeed.ts";
import { eventPages } from "../../jobs/eventPages.ts";
import { KEEP_DAYS } from "../../jobs/retention.ts";
import type { Api, ApiServices } from "../context.ts";
import { problems } from "../problem.ts";
import { EventView, JobId } from "../schemas.ts";

const cursor = z.coerce.number().int().min(0).max(99_999_998);

const getJobEvents = createRoute({
  operationId: "getJobEvents",
  method: "get",
  path: "/jobs/{id}/events",
  summary: "What happens in a job: server-sent events, or JSON for clients that accept only that",
  description: "Each event's id is its number; a client that comes back sends `Last-Event-ID` and misses nothing.",
  request: {
    params: z.object({ id: JobId }),
    query: z.object({ after: cursor.optional() }),
    headers: z.object({ "last-event-id": cursor.optional() }),
  },
  responses: {
    200: {
      description: "Events in order; the stream ends with the job",
      content: {
        "text/event-stream": { schema: z.string() },
        "application/json": { schema: z.object({ events: z.array(EventView) }) },
      },
    },
    ...problems("JOB_NOT_FOUND", "INVALID_REQUEST", "EVENTS_GONE"),
  },
});

/** An event as it goes to every client that follows the job; made once, as long as somebody holds the event. */
const written = new WeakMap<JobEvent, string>();

function toSse(event: JobEvent): string {
  const known = written.get(event);
  if (known !== undefined) return known;
  const text = `event: ${event.type}\ndata: ${JSON.stringify(event)}\nid: ${event.seq}\n\n`;
  written.set(event, text);
  return text;
}

export function mountEvents(api: Api, { ledger, jobWatch }: Pick<ApiServices, "ledger" | "jobWatch">): void {
  const events = eventPages((job, after, limit) => ledger.eventsOf(job, after, limit));
  api.openapi(getJobEvents, async (c) => {
    const tenant = c.var.principal;
    const { id } = c.req.valid("param");
    const after = c.req.valid("header")["last-event-id"] ?? c.req.valid("query").after ?? 0;
    const first = await ledger.job(tenant, id);
    if (first.trimmed && after < first.lastSeq) throw new AutomationError("EVENTS_GONE", { id, days: KEEP_DAYS });
    const accept = c.req.header("accept") ?? "";
    if (accept.includes("application/json") && !accept.includes("text/event-stream")) {
      return c.json({ events: await ledger.eventsOf(first, after) } as never, 200);
    }
    const gone = new AbortController();
    c.header("cache-control", "no-cache, no-transform");
    c.header("x-accel-buffering", "no");
    return streamSSE(
      c,
      async (stream) => {
        stream.onAbort(() => gone.abort());
        const changes = await jobWatch.follow(id);
        try {
          await stream.write("retry: 2000\n\n");
          const source = { job: () => ledger.job(tenant, id), events, changes };
          for await (const item of followEvents(source, after, { signal: gone.signal })) {
            await stream.write(item.kind === "heartbeat" ? ": heartbeat\n\n" : item.events.map(toSse).join(""));
          }
        } finally {
          changes.stop();
        }
        // Tells a client that it need not come back.
        if (!gone.signal.aborted) await stream.writeSSE({ event: "end", data: "{}" });
      },
      async (error) => {
        gone.abort();
        throw error instanceof AutomationError ? error : new AutomationError("INTERNAL", {}, { cause: error });
      },
    ) as never;
  });
}
