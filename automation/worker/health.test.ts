import { expect, it } from "vitest";
import { serveHealth } from "./health.ts";

it("tells 200 or 503 for both questions, and knows no other path", async () => {
  const state = { live: true, ready: true, broken: false };
  const warned: string[] = [];
  const log = { warn: (_: unknown, message: string) => warned.push(message) } as never;
  const { port, server } = await serveHealth({
    port: 0,
    live: () => state.live,
    ready: async () => {
      if (state.broken) throw new Error("no ledger");
      return state.ready;
    },
    log,
  });
  const ask = async (path: string, method = "GET") => {
    const response = await fetch(`http://localhost:${port}${path}`, { method });
    return [response.status, await response.text()];
  };
  const [ok, unavailable] = ['{"status":"ok"}', '{"status":"unavailable"}'];
  try {
    expect([await ask("/health/live"), await ask("/health/ready")]).toEqual([
      [200, ok],
      [200, ok],
    ]);
    state.live = false;
    expect([await ask("/health/live"), await ask("/health/ready")]).toEqual([
      [503, unavailable],
      [200, ok],
    ]);
    Object.assign(state, { live: true, ready: false });
    expect([await ask("/health/live"), await ask("/health/ready")]).toEqual([
      [200, ok],
      [503, unavailable],
    ]);
    expect(warned).toEqual([]);
    state.broken = true;
    expect(await ask("/health/ready")).toEqual([503, unavailable]);
    expect(warned).toEqual(["not ready"]);
    expect([await ask("/"), await ask("/health/live", "POST")]).toEqual([
      [404, ""],
      [404, ""],
    ]);
  } finally {
    server.close();
  }
});
