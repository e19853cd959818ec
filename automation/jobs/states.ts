/** States of a job in the ledger. `lost` and `recovering` lie between two attempts, when a worker died. */
export const JOB_STATES = [
  "queued",
  "leased",
  "running",
  "waiting",
  "cancelling",
  "lost",
  "recovering",
  "succeeded",
  "failed",
  "cancelled",
  "superseded",
  "dead",
  "finalized",
] as const;
export type JobState = (typeof JOB_STATES)[number];

/** What can happen to a job. */
export const JOB_MOVES = [
  "lease",
  "start",
  "wait",
  "answer",
  "requestCancel",
  "cancel",
  "supersede",
  "release",
  "requeue",
  "lose",
  "recover",
  "succeed",
  "fail",
  "die",
  "redrive",
  "finalize",
] as const;
export type JobMove = (typeof JOB_MOVES)[number];

const MOVES: Readonly<Record<JobState, Partial<Record<JobMove, JobState>>>> = {
  queued: { lease: "leased", requestCancel: "cancelled", supersede: "superseded" },
  leased: { start: "running", requestCancel: "cancelling", lose: "lost", release: "queued" },
  running: {
    succeed: "succeeded",
    fail: "failed",
    wait: "waiting",
    requestCancel: "cancelling",
    lose: "lost",
    release: "queued",
    requeue: "queued",
    die: "dead",
  },
  waiting: { answer: "queued", requestCancel: "cancelled" },
  cancelling: { cancel: "cancelled", succeed: "succeeded", fail: "failed", lose: "lost" },
  lost: { recover: "recovering" },
  recovering: { requeue: "queued", cancel: "cancelled", die: "dead", lose: "lost" },
  succeeded: { finalize: "finalized" },
  failed: {},
  cancelled: {},
  superseded: {},
  dead: { redrive: "queued" },
  finalized: {},
};

/** The state after a move, or nothing when the move is not possible there. Pure. */
export function nextState(state: JobState, move: JobMove): JobState | undefined {
  return MOVES[state][move];
}

const TERMINAL: ReadonlySet<JobState> = new Set([
  "succeeded",
  "failed",
  "cancelled",
  "superseded",
  "dead",
  "finalized",
]);

/** Nothing more happens by itself: only `finalize` and `redrive` leave such a state, both by a person. */
export function isTerminal(state: JobState): boolean {
  return TERMINAL.has(state);
}

/** Does a worker hold it, or did one that may be dead? */
export function isHeld(state: JobState): boolean {
  return ["leased", "running", "cancelling", "lost", "recovering"].includes(state);
}

export const JOB_STATUSES = [
  "queued",
  "processing",
  "waiting",
  "succeeded",
  "failed",
  "cancelling",
  "cancelled",
  "finalized",
] as const;
/** What a user reads. */
export type JobStatus = (typeof JOB_STATUSES)[number];

const STATUS: Readonly<Record<JobState, JobStatus>> = {
  queued: "queued",
  leased: "processing",
  running: "processing",
  waiting: "waiting",
  cancelling: "cancelling",
  lost: "processing",
  recovering: "processing",
  succeeded: "succeeded",
  failed: "failed",
  cancelled: "cancelled",
  superseded: "cancelled",
  dead: "failed",
  finalized: "finalized",
};

export function statusOf(state: JobState): JobStatus {
  return STATUS[state];
}
