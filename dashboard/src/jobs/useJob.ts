import { useCallback, useEffect, useState } from "react";
import { type Api, type ApiProblem, type Connection, toProblem } from "../api.ts";
import type { JobEvent, JobView } from "../contract.ts";

export interface LiveJob {
  readonly job: JobView | undefined;
  readonly events: readonly JobEvent[];
  readonly connection: Connection;
  readonly problem: ApiProblem | undefined;
  /** Takes over what an action answered. */
  setJob(job: JobView): void;
  reload(): void;
}

/** Events come in bursts of a hundred; the page is drawn and the job is read again at most this often. */
const REDRAW_MS = 150;
const REREAD_MS = 600;
/** After a failure that may pass. */
const RETRY_MS = 3_000;

/** A job and its events, kept up to date by the event stream. */
export function useJob(api: Api, jobId: string): LiveJob {
  const [job, setJob] = useState<JobView>();
  const [events, setEvents] = useState<readonly JobEvent[]>([]);
  const [connection, setConnection] = useState<Connection>("live");
  const [problem, setProblem] = useState<ApiProblem>();
  const [round, setRound] = useState(0);
  const reload = useCallback(() => setRound((before) => before + 1), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round is what starts the effect again
  useEffect(() => {
    const stop = new AbortController();
    const all: JobEvent[] = [];
    const fail = (error: unknown) => {
      if (!stop.signal.aborted) setProblem(toProblem(error));
    };
    const read = async () => {
      try {
        const answer = await api.job(jobId);
        if (stop.signal.aborted) return;
        setJob(answer);
        setProblem(undefined);
      } catch (error) {
        fail(error);
        if (!isRefusal(error)) readLater();
      }
    };
    const redraw = collected(REDRAW_MS, stop.signal, () => setEvents([...all]));
    const reread = collected(REREAD_MS, stop.signal, () => void read());
    const readLater = collected(RETRY_MS, stop.signal, () => void read());
    const onEvent = (event: JobEvent) => {
      all.push(event);
      redraw();
      reread();
    };
    setProblem(undefined);
    void read();
    api.follow(jobId, onEvent, { signal: stop.signal, onConnection: setConnection }).then(read, fail);
    return () => stop.abort();
  }, [api, jobId, round]);
  return { job, events, connection, problem, setJob, reload };
}

function isRefusal(error: unknown): boolean {
  const { status } = toProblem(error);
  return status >= 400 && status < 500;
}

/** Runs `work` once for all calls within `ms`. */
function collected(ms: number, signal: AbortSignal, work: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  signal.addEventListener("abort", () => clearTimeout(timer));
  return () => {
    if (signal.aborted) return;
    timer ??= setTimeout(() => {
      timer = undefined;
      work();
    }, ms);
  };
}
