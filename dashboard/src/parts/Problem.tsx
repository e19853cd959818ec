import type { ReactNode } from "react";
import type { ApiProblem } from "../api.ts";

interface Props {
  readonly problem: Pick<ApiProblem, "message" | "fix">;
  readonly onRetry?: (() => void) | undefined;
  readonly children?: ReactNode;
}

/** What went wrong and the way out, read out at once. */
export function Problem({ problem, onRetry, children }: Props) {
  return (
    <div className="problem" role="alert">
      <p>
        <strong>{problem.message}</strong> {problem.fix}
      </p>
      {children}
      {onRetry && (
        <button type="button" className="quiet" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}
