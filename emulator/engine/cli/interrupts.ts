import type { Step } from "../deploy/step.ts";
import { parseUrn } from "../deploy/urn.ts";
import type { EventStream } from "../events/stream.ts";

/** How long what runs may take to finish before people are told what is waited for. */
const PATIENCE_MS = 10_000;

export interface InterruptOptions {
  readonly signal: AbortSignal;
  readonly events: EventStream;
  /** The steps that run at this moment. */
  readonly running: () => readonly Step[];
  readonly patienceMs?: number;
}

/** Answers an interrupt, and tells what is waited for when a provider takes its time. */
export function answerInterrupts({ signal, events, running, patienceMs = PATIENCE_MS }: InterruptOptions): Disposable {
  let timer: NodeJS.Timeout | undefined;
  const say = (message: string) => events.emit({ stdoutEvent: { message, color: "never" } });
  const onAbort = () => {
    say("^C received; cancelling. If you would like to terminate immediately, press ^C again.\n");
    timer = setInterval(() => {
      const steps = running();
      if (steps.length > 0) say(waitingText(steps));
    }, patienceMs);
    timer.unref();
  };
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  return {
    [Symbol.dispose]() {
      signal.removeEventListener("abort", onAbort);
      clearInterval(timer);
    },
  };
}

function waitingText(steps: readonly Step[]): string {
  const list = steps.map(({ op, urn, type }) => `  ${op} of ${type} ${parseUrn(urn).name}\n`).join("");
  return (
    `still waiting for providers that were asked to cancel:\n${list}` +
    "Press ^C again to end at once: the state then lists them as pending operations, which `pulumi refresh` looks into.\n"
  );
}
