import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

export interface SlowReaderRules {
  /** A client that had something to read all this time is looked at. */
  readonly windowMs: number;
  /** What it must have taken in a second of it. */
  readonly bytesPerSecond: number;
}

/** Phones on a bad line take tens of KiB in a second; what their system holds for them, up to some MiB, is told late and at once. */
export const SLOW_READERS: SlowReaderRules = { windowMs: 120_000, bytesPerSecond: 1_024 };

interface Watched {
  readonly response: ServerResponse;
  /** Since when something waits without a gap, and what was taken then. */
  since: number;
  taken: number;
}

/**
 * Ends connections whose client takes what it asked for so slowly that it only holds memory, files and a place: nothing else would. An
 * answer with nothing to send, as a stream of events in which nothing happens, is no reason.
 *
 * @returns to be called for each answer
 */
export function endSlowReaders(
  server: Server,
  { windowMs, bytesPerSecond }: SlowReaderRules,
): (response: ServerResponse) => void {
  const open = new Set<Watched>();
  const least = (bytesPerSecond * windowMs) / 1000;
  const look = () => {
    const now = performance.now();
    for (const each of open) {
      const { socket } = each.response;
      if (!socket || socket.destroyed) continue;
      const taken = takenBy(socket);
      const isIdle = socket.writableLength === 0;
      if (!isIdle && now - each.since >= windowMs && taken - each.taken < least)
        socket.resetAndDestroy(); // what the system holds for it goes too
      else if (isIdle || now - each.since >= windowMs) Object.assign(each, { since: now, taken });
    }
  };
  const timer = setInterval(look, Math.min(1_000, windowMs / 4)).unref();
  server.once("close", () => clearInterval(timer));
  return (response) => {
    const watched: Watched = {
      response,
      since: performance.now(),
      taken: response.socket ? takenBy(response.socket) : 0,
    };
    open.add(watched);
    response.once("close", () => open.delete(watched));
  };
}

/** Bytes that the other side's machine has taken, as far as this one knows. */
function takenBy({ bytesWritten, writableLength }: Socket): number {
  return bytesWritten - writableLength;
}
