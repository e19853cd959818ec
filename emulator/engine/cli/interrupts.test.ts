import { expect, it, vi } from "vitest";
import type { Step } from "../deploy/step.ts";
import { EventStream } from "../events/stream.ts";
import { answerInterrupts } from "./interrupts.ts";

const step: Step = {
  op: "create",
  urn: "urn:pulumi:dev::proj::test:index:Thing::slow",
  type: "test:index:Thing",
  provider: "",
  old: undefined,
  new: undefined,
  run: async () => undefined,
};

it("answers at once, and tells after a while what is waited for, until it is over", () => {
  vi.useFakeTimers();
  const events = new EventStream();
  const said: string[] = [];
  events.listen((event) => void ("stdoutEvent" in event && said.push(event.stdoutEvent.message)));
  const stop = new AbortController();
  let running = [step];
  {
    using _ = answerInterrupts({ signal: stop.signal, events, running: () => running });
    expect(said).toEqual([]);
    stop.abort();
    expect(said).toEqual(["^C received; cancelling. If you would like to terminate immediately, press ^C again.\n"]);
    vi.advanceTimersByTime(10_000);
    expect(said[1]).toBe(
      "still waiting for providers that were asked to cancel:\n  create of test:index:Thing slow\n" +
        "Press ^C again to end at once: the state then lists them as pending operations, which `pulumi refresh` looks into.\n",
    );
    running = [];
    vi.advanceTimersByTime(10_000);
  }
  running = [step];
  vi.advanceTimersByTime(60_000);
  expect(said).toHaveLength(2);
  vi.useRealTimers();
});
