import type { CostMetrics, StepSummary } from "./documents.ts";
import { type Spread, spread } from "./statistics.ts";

/** What analytics read of a row of the container `deployments`. */
export interface DeploymentRow {
  readonly appId: string;
  readonly kind: string;
  readonly status: string;
  readonly steps: readonly StepSummary[];
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly error?: { readonly code: string; readonly step?: string };
  readonly costMetrics?: CostMetrics;
}

/** What they read of a row of the container `apps`. */
export interface AppCostRow {
  readonly id: string;
  readonly view: {
    readonly title?: string;
    readonly status: string;
    readonly estimate?: { readonly monthlyUsd: number };
  };
}

export interface StepNumbers {
  readonly step: string;
  /** Of those that ended. */
  readonly runs: number;
  readonly failed: number;
  readonly seconds: Spread;
}

export interface Failure {
  readonly step: string;
  readonly code: string;
  readonly count: number;
}

export interface AppNumbers {
  readonly appId: string;
  readonly title?: string;
  readonly deployments: number;
  readonly failed: number;
  /** Of all its jobs in the time. */
  readonly computeSec: number;
  readonly aiTokens: number;
  readonly usd: number;
  /** What its resources cost in a month, by the estimate; nothing when it is not deployed. */
  readonly monthlyUsd: number | null;
}

export interface Analytics {
  readonly deployments: number;
  readonly seconds: Spread | null;
  readonly steps: readonly StepNumbers[];
  readonly failures: readonly Failure[];
  readonly apps: readonly AppNumbers[];
}

const ENDED: ReadonlySet<string> = new Set(["succeeded", "failed"] satisfies StepSummary["status"][]);
const NO_STEP = "none";

/** Durations, failures by step and costs by app, over rows of `deployments` and `apps`. Pure. */
export function analyse(rows: readonly DeploymentRow[], apps: readonly AppCostRow[]): Analytics {
  const took = rows.flatMap(({ startedAt, finishedAt }) =>
    startedAt && finishedAt ? [Math.max(0, Date.parse(finishedAt) - Date.parse(startedAt)) / 1000] : [],
  );
  return {
    deployments: rows.length,
    seconds: spread(took),
    steps: stepNumbers(rows),
    failures: failures(rows),
    apps: appNumbers(rows, apps),
  };
}

/** In the order in which the steps were first met. */
function stepNumbers(rows: readonly DeploymentRow[]): readonly StepNumbers[] {
  const ended = rows.flatMap(({ steps }) => steps).filter(({ status }) => ENDED.has(status));
  return [...new Set(ended.map(({ name }) => name))].map((step) => {
    const own = ended.filter(({ name }) => name === step);
    const seconds = spread(own.map(({ durationMs = 0 }) => durationMs / 1000)) ?? { p50: 0, p95: 0, max: 0 };
    return { step, runs: own.length, failed: own.filter(({ status }) => status === "failed").length, seconds };
  });
}

/** Most frequent first. */
function failures(rows: readonly DeploymentRow[]): readonly Failure[] {
  const counts = new Map<string, Failure>();
  for (const { status, error } of rows) {
    if (status !== "failed" || !error) continue;
    const { code, step = NO_STEP } = error;
    const key = `${step} ${code}`;
    counts.set(key, { step, code, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count || a.code.localeCompare(b.code, "en"));
}

/** Dearest first, by the month; apps that are gone count with what they cost while they were made. */
function appNumbers(rows: readonly DeploymentRow[], apps: readonly AppCostRow[]): readonly AppNumbers[] {
  const known = new Map(apps.map((app) => [app.id, app.view]));
  const ids = [...new Set([...rows.map(({ appId }) => appId), ...known.keys()])];
  const numbers = ids.map((appId): AppNumbers => {
    const own = rows.filter((row) => row.appId === appId);
    const view = known.get(appId);
    const sum = (of: (cost: CostMetrics) => number) =>
      Math.round(own.reduce((total, { costMetrics }) => total + (costMetrics ? of(costMetrics) : 0), 0) * 1e6) / 1e6;
    return {
      appId,
      ...(view?.title !== undefined && { title: view.title }),
      deployments: own.length,
      failed: own.filter(({ status }) => status === "failed").length,
      computeSec: sum((cost) => cost.computeSec),
      aiTokens: sum((cost) => cost.aiTokens),
      usd: sum((cost) => cost.usd),
      monthlyUsd: view?.status === "live" ? (view.estimate?.monthlyUsd ?? null) : null,
    };
  });
  return numbers.sort((a, b) => (b.monthlyUsd ?? -1) - (a.monthlyUsd ?? -1) || a.appId.localeCompare(b.appId, "en"));
}
