import { DEPLOYMENT_STEPS } from "./deploymentView.ts";
import { type Spread, spread } from "./statistics.ts";
import type { JobFacts } from "./store.ts";

/** What jobs used up. */
export interface Used {
  readonly jobs: number;
  /** Jobs that brought something up and succeeded. */
  readonly deployments: number;
  readonly failed: number;
  readonly aiTokens: number;
  /** Of agents and builds. */
  readonly computeSeconds: number;
  /** Of archives and logs that the jobs left. */
  readonly storageBytes: number;
  /** Of models, measured. */
  readonly usd: number;
}

export interface AppUsage extends Used {
  readonly appId: string;
  readonly title?: string;
  /** What the app is estimated to cost on Azure in a month, as it runs now; absent when it does not. */
  readonly monthlyUsd?: number;
}

export interface Usage extends Used {
  readonly from: string;
  readonly to: string;
  /** Of all apps that run now, together. */
  readonly monthlyUsd: number;
  /** Most expensive first. */
  readonly apps: readonly AppUsage[];
  /** Seconds of each step that ended well. */
  readonly steps: Readonly<Record<string, Spread | null>>;
  /** How many jobs failed in a step, by its name; `other` for those that failed in none. */
  readonly failures: Readonly<Record<string, number>>;
}

/** An app that runs. */
export interface RunningApp {
  readonly appId: string;
  readonly title?: string;
  readonly monthlyUsd?: number;
}

const BYTES_PER_MB = 1_000_000;
const SUCCEEDED: ReadonlySet<string> = new Set(["succeeded", "finalized"]);

/** What a tenant's jobs of a period used, by app and in all; durations and failures by step. Pure. */
export function usage(
  facts: readonly JobFacts[],
  running: readonly RunningApp[],
  period: { readonly from: string; readonly to: string },
): Usage {
  const byApp = Map.groupBy(facts, ({ appId }) => appId);
  const known = new Map(running.map((app) => [app.appId, app]));
  const ids = [...new Set([...byApp.keys(), ...known.keys()])];
  const apps = ids.map((appId) => ({ ...used(byApp.get(appId) ?? []), ...known.get(appId), appId }));
  const failures = Map.groupBy(
    facts.filter(({ status }) => status === "failed"),
    ({ error }) => error?.step ?? "other",
  );
  return {
    ...period,
    ...used(facts),
    monthlyUsd: cents(running.reduce((sum, app) => sum + (app.monthlyUsd ?? 0), 0)),
    apps: apps.toSorted((a, b) => (b.monthlyUsd ?? 0) - (a.monthlyUsd ?? 0) || b.jobs - a.jobs),
    steps: Object.fromEntries(DEPLOYMENT_STEPS.map((name) => [name, spread(secondsOf(name, facts))])),
    failures: Object.fromEntries([...failures].map(([step, jobs]) => [step, jobs.length])),
  };
}

function used(facts: readonly JobFacts[]): Used {
  const sum = (of: (fact: JobFacts) => number | undefined) => facts.reduce((all, fact) => all + (of(fact) ?? 0), 0);
  return {
    jobs: facts.length,
    deployments: facts.filter(({ kind, status }) => kind !== "destroy" && SUCCEEDED.has(status)).length,
    failed: facts.filter(({ status }) => status === "failed").length,
    aiTokens: sum(({ costMetrics }) => costMetrics?.aiTokens),
    computeSeconds: Math.round(sum(({ costMetrics }) => costMetrics?.computeSec) * 1000) / 1000,
    storageBytes: Math.round(sum(({ costMetrics }) => costMetrics?.storageMB) * BYTES_PER_MB),
    usd: cents(sum(({ costMetrics }) => costMetrics?.usd)),
  };
}

function secondsOf(name: string, facts: readonly JobFacts[]): readonly number[] {
  return facts.flatMap(({ steps = [] }) =>
    steps.flatMap((step) =>
      step.name === name && step.status === "succeeded" && step.durationMs !== undefined
        ? [step.durationMs / 1000]
        : [],
    ),
  );
}

function cents(usd: number): number {
  return Math.round(usd * 100) / 100;
}
