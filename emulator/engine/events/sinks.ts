import { appendFileSync, writeFileSync } from "node:fs";
import type { EventListener } from "./stream.ts";

/** Where events go besides the display; `close` waits until all have arrived. */
export interface EventLog {
  readonly listener: EventListener;
  close(): Promise<void>;
}

const TCP = "tcp://";

/** Opens `--event-log`: `tcp://H:P` streams to an Events server, anything else is a file of JSON lines. */
export async function openEventLog(destination: string): Promise<EventLog> {
  if (!destination.startsWith(TCP)) {
    writeFileSync(destination, "");
    return {
      listener: (event) => appendFileSync(destination, `${JSON.stringify(event)}\n`),
      close: async () => undefined,
    };
  }
  const { streamEvents } = await import("./remoteLog.ts");
  return streamEvents(destination.slice(TCP.length));
}
