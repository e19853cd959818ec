import type { JobDocument, LedgerDocument } from "../../documents.ts";
import { isHeld, isTerminal, type JobState } from "../../states.ts";

export interface Rules {
  readonly maxAttempts: number;
  readonly slots: number;
  readonly concurrent: number;
}

/** What was true before: some invariants are about changes. */
export interface Memory {
  readonly states: Map<string, { readonly state: JobState; readonly series: number }>;
  readonly tokens: Map<string, { readonly token: number; readonly holder: string | null }>;
  /** Jobs that have started, in that order, by app. */
  readonly started: Map<string, string[]>;
}

export function newMemory(): Memory {
  return { states: new Map(), tokens: new Map(), started: new Map() };
}

/**
 * The invariants of the ledger over everything that is stored, by name; none broken: nothing. Numbers are those of docs/jobs.md.
 *
 * @param accepted ids of all jobs in the order in which they were accepted
 */
export function broken(
  documents: readonly LedgerDocument[],
  accepted: readonly string[],
  memory: Memory,
  rules: Rules,
): readonly string[] {
  const jobs = documents.filter((doc) => doc.type === "job");
  return [
    ...oneAtATime(jobs),
    ...terminalIsFinal(jobs, memory),
    ...jobs
      .filter((job) => job.attempts - (job.earlierAttempts ?? 0) > rules.maxAttempts)
      .map((job) => `3: ${job.jobId}`),
    ...quotas(documents, jobs),
    ...events(documents, jobs),
    ...tokens(documents, memory),
    ...order(jobs, accepted, memory),
    ...shares(documents, rules),
  ];
}

function oneAtATime(jobs: readonly JobDocument[]): string[] {
  const held = Map.groupBy(
    jobs.filter(({ state }) => isHeld(state)),
    ({ appId }) => appId,
  );
  return [...held].filter(([, all]) => all.length > 1).map(([appId]) => `1: two jobs of ${appId} are held`);
}

function terminalIsFinal(jobs: readonly JobDocument[], { states }: Memory): string[] {
  const wrong: string[] = [];
  for (const { jobId, state, series = 1 } of jobs) {
    const before = states.get(jobId);
    const redriven = before?.state === "dead" && series > before.series; // and perhaps over again between two looks
    const allowed = redriven || (before?.state === "succeeded" && state === "finalized");
    if (before && isTerminal(before.state) && state !== before.state && !allowed)
      wrong.push(`2: ${jobId} ${before.state} → ${state}`);
    states.set(jobId, { state, series });
  }
  return wrong;
}

function quotas(documents: readonly LedgerDocument[], jobs: readonly JobDocument[]): string[] {
  const reserved = documents.filter((doc) => doc.type === "reservation");
  const names = new Set(reserved.map(({ jobId }) => jobId));
  const wrong = jobs
    .filter(({ state, jobId }) => !isTerminal(state) && !names.has(jobId))
    .map(({ jobId }) => `4: ${jobId} has no reservation`);
  for (const quota of documents.filter((doc) => doc.type === "quota")) {
    const count = reserved.filter(({ pk }) => pk === quota.pk).length;
    if (count !== quota.active) wrong.push(`4: ${quota.pk} counts ${quota.active}, there are ${count}`);
  }
  return wrong;
}

function events(documents: readonly LedgerDocument[], jobs: readonly JobDocument[]): string[] {
  const numbers = Map.groupBy(
    documents.filter((doc) => doc.type === "event"),
    ({ jobId }) => jobId,
  );
  return jobs
    .filter(({ jobId, lastSeq }) => {
      const seqs = (numbers.get(jobId) ?? []).map(({ event }) => event.seq).sort((a, b) => a - b);
      return seqs.length !== lastSeq || seqs.some((seq, index) => seq !== index + 1);
    })
    .map(({ jobId }) => `5: ${jobId}`);
}

/** 6: a lease is never written with a smaller token than before, and never taken without a greater one. */
export function tokens(documents: readonly LedgerDocument[], memory: Memory): string[] {
  return documents
    .filter((doc) => doc.type === "lease")
    .filter(({ pk, token, holder }) => {
      const before = memory.tokens.get(pk) ?? { token: -1, holder: null };
      memory.tokens.set(pk, { token, holder });
      const taken = holder !== null && holder !== before.holder;
      return token < before.token || (taken && token === before.token);
    })
    .map(({ pk, token, holder }) => `6: ${pk} has the token ${token} of ${holder}`);
}

/** A job starts only when all that were accepted before it in its app are over; one that was redriven has lost its place. */
function order(jobs: readonly JobDocument[], accepted: readonly string[], { started }: Memory): string[] {
  const byId = new Map(jobs.map((job) => [job.jobId, job]));
  const wrong: string[] = [];
  for (const job of jobs) {
    const before = started.get(job.appId) ?? [];
    if (job.startedAt === undefined || before.includes(job.jobId)) continue;
    started.set(job.appId, [...before, job.jobId]);
    for (const id of accepted.slice(0, accepted.indexOf(job.jobId))) {
      const earlier = byId.get(id);
      if (earlier?.appId !== job.appId || isTerminal(earlier.state) || earlier.series !== undefined) continue;
      wrong.push(`8: ${job.jobId} started before ${id} (${earlier.state})`);
    }
  }
  return wrong;
}

/** Slots: never more than there are, of a tenant never more than its share, and counted as they are. */
function shares(documents: readonly LedgerDocument[], { slots, concurrent }: Rules): string[] {
  const places = documents.filter((doc) => doc.type === "place");
  const [schedule] = documents.filter((doc) => doc.type === "schedule");
  const admitted = places.filter(({ state }) => state === "admitted");
  const wrong = admitted.length > slots ? [`9: ${admitted.length} of ${slots} slots`] : [];
  const tenants = new Set([...places.map(({ tenantId }) => tenantId), ...Object.keys(schedule?.tenants ?? {})]);
  for (const id of tenants) {
    const own = places.filter(({ tenantId }) => tenantId === id);
    const has = own.filter(({ state }) => state === "admitted").length;
    const line = schedule?.tenants[id];
    if (has > concurrent) wrong.push(`9: ${id} has ${has} of ${concurrent}`);
    if (line?.admitted !== has || line.waiting !== own.length - has) wrong.push(`9: ${id} is counted wrong`);
  }
  return wrong;
}
