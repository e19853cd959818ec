import { useCallback, useEffect, useRef, useState } from "react";
import { type ApiProblem, toProblem } from "../api.ts";

export interface Polled<T> {
  /** The newest answer; it stays while a later question fails. */
  readonly data: T | undefined;
  readonly problem: ApiProblem | undefined;
  reload(): void;
}

const FAST_MS = 2_000;
const SLOW_MS = 10_000;

/**
 * Asks again and again while the page is visible.
 *
 * @param busy says whether something is under way: then it asks every 2 s, else every 10 s
 */
export function usePolled<T>(load: () => Promise<T>, busy: (data: T) => boolean): Polled<T> {
  const [data, setData] = useState<T>();
  const [problem, setProblem] = useState<ApiProblem>();
  const [round, setRound] = useState(0);
  const reload = useCallback(() => setRound((before) => before + 1), []);
  const latest = useRef({ load, busy });
  latest.current = { load, busy };
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round is what starts the effect again
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let gone = false;
    const ask = async () => {
      let waitMs = SLOW_MS;
      try {
        const answer = await latest.current.load();
        if (gone) return;
        setData(answer);
        setProblem(undefined);
        if (latest.current.busy(answer)) waitMs = FAST_MS;
      } catch (error) {
        if (gone) return;
        setProblem(toProblem(error));
      }
      if (!gone && !document.hidden) timer = setTimeout(ask, waitMs);
    };
    const onVisible = () => {
      clearTimeout(timer);
      if (!document.hidden) void ask();
    };
    document.addEventListener("visibilitychange", onVisible);
    void ask();
    return () => {
      gone = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", onVisible);
    };
  }, [round]);
  return { data, problem, reload };
}
