const WORDS: Readonly<Record<string, string>> = {
  processing: "in progress",
  running: "in progress",
  waiting: "needs your answer",
  cancelling: "stopping",
  finalized: "frozen",
  ahead: "to do",
  new: "being made",
  unmade: "not made",
};

const MARKS: Readonly<Record<string, string>> = {
  succeeded: "✓",
  live: "✓",
  finalized: "✓",
  skipped: "✓",
  failed: "✕",
  cancelled: "–",
  destroyed: "–",
  unmade: "–",
  waiting: "?",
  ahead: "·",
  queued: "·",
};

/** A status as a word with a colour and a mark; the word alone says it all. */
export function Status({ status }: { readonly status: string }) {
  return (
    <span className={`status ${status}`}>
      <Mark status={status} /> {WORDS[status] ?? status}
    </span>
  );
}

/** The mark alone; what has none is under way and turns. */
export function Mark({ status }: { readonly status: string }) {
  const mark = MARKS[status];
  return (
    <span className={mark ? `mark ${status}` : `mark spins ${status}`} aria-hidden="true">
      {mark}
    </span>
  );
}
