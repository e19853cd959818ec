import { useState } from "react";
import { type ApiProblem, toProblem } from "../api.ts";
import { Problem } from "./Problem.tsx";

interface Props {
  readonly label: string;
  readonly busyLabel: string;
  readonly className?: string;
  readonly action: () => Promise<unknown>;
}

/** A button that cannot be pressed twice and says below itself when its work failed. */
export function ActionButton({ label, busyLabel, className = "quiet", action }: Props) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem>();
  const run = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await action();
    } catch (error) {
      setProblem(toProblem(error));
    }
    setBusy(false);
  };
  return (
    <>
      <button type="button" className={className} disabled={busy} onClick={() => void run()}>
        {busy ? busyLabel : label}
      </button>
      {problem && <Problem problem={problem} />}
    </>
  );
}
