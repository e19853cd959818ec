/** How urgent a job is among those of its own tenant; between tenants only shares and weights count. */
export const PRIORITIES = ["high", "normal", "low"] as const;
export type Priority = (typeof PRIORITIES)[number];

/** Where the first job of an app stands: it waits for a slot, or it has one and a message is out for it. */
export interface Place {
  readonly appId: string;
  readonly jobId: string;
  readonly tenantId: string;
  /** Orders the waiting ones of a tenant: urgency, then the order in which they came. */
  readonly rank: string;
  readonly state: "waiting" | "admitted";
  readonly messageId: string;
  /** Version of the app when the job asked for it: a job that rests and comes back asks again, with a higher one. @default 0 */
  readonly stay?: number;
  /** Trace of the job, for the message. */
  readonly traceparent?: string;
}

/** What one tenant has in the queue. */
export interface TenantLine {
  readonly admitted: number;
  readonly waiting: number;
  /** Jobs that the tenant may still have in this turn (deficit round robin; every job costs 1). */
  readonly deficit: number;
}

/** Slots in use and turns, of all tenants with something in the queue. */
export interface Schedule {
  /** Numbers the places in the order in which they came. */
  readonly entered: number;
  /** The tenant whose turn was the last. */
  readonly turn: string;
  readonly tenants: Readonly<Record<string, TenantLine>>;
}

export const EMPTY_SCHEDULE: Schedule = { entered: 0, turn: "", tenants: {} };

export interface TenantShare {
  /** Jobs of the tenant that may have a slot at once. */
  readonly concurrent: number;
  /** Jobs per turn, beside the other tenants' weights. */
  readonly weight: number;
}

export interface Sharing {
  /** Jobs that may have a slot at once, of all tenants: as many as the workers can work on. */
  readonly slots: number;
  readonly shareOf: (tenantId: string) => TenantShare;
}

export type PlaceChange =
  | {
      readonly kind: "enter";
      readonly appId: string;
      readonly jobId: string;
      readonly tenantId: string;
      readonly priority: Priority;
      readonly messageId: string;
      readonly stay: number;
      readonly traceparent?: string;
    }
  | {
      readonly kind: "leave";
      readonly appId: string;
      readonly jobId: string;
      /** Only from a lower stay: who says it late takes nothing from a job that has come back. */
      readonly before: number;
    };

const NOBODY: TenantLine = { admitted: 0, waiting: 0, deficit: 0 };

/**
 * The schedule and an app's place after one change. A job enters once however often it is said (a new message id is kept, so that
 * the broker takes it); another job of the same app takes over nothing from the one before; leaving counts only for the job that has
 * the place, and for the stay that is meant. What is said late, of an earlier stay, changes nothing. Pure.
 */
export function change(
  schedule: Schedule,
  place: Place | undefined,
  wish: PlaceChange,
): { readonly schedule: Schedule; readonly place: Place | undefined } {
  if (wish.kind === "leave") {
    const leaves = place?.jobId === wish.jobId && stayOf(place) < wish.before;
    return leaves ? { schedule: without(schedule, place), place: undefined } : { schedule, place };
  }
  if (place && wish.stay < stayOf(place)) return { schedule, place };
  if (place?.jobId === wish.jobId) {
    const { messageId, stay } = wish;
    const same = place.messageId === messageId && stayOf(place) === stay;
    return { schedule, place: same ? place : { ...place, messageId, stay } };
  }
  const cleared = place ? without(schedule, place) : schedule;
  const { appId, jobId, tenantId, priority, messageId, stay, traceparent } = wish;
  const trace = traceparent === undefined ? {} : { traceparent };
  const entered = cleared.entered + 1;
  const rank = `${PRIORITIES.indexOf(priority)}-${String(entered).padStart(12, "0")}`;
  return {
    schedule: { ...withLine(cleared, tenantId, { waiting: 1 }), entered },
    place: { appId, jobId, tenantId, rank, state: "waiting", messageId, stay, ...trace },
  };
}

/**
 * How many waiting jobs of which tenant get the free slots, by deficit round robin: in its turn a tenant gets as many as its weight,
 * within its share. The turn stays with a tenant that was cut short by the slots. Pure.
 *
 * @param most slots given at once
 */
export function admit(
  schedule: Schedule,
  { slots, shareOf }: Sharing,
  most = Number.POSITIVE_INFINITY,
): { readonly schedule: Schedule; readonly admitted: ReadonlyMap<string, number> } {
  const lines = new Map(Object.entries(schedule.tenants).map(([id, line]) => [id, { ...line }]));
  const ring = [...lines.keys()].sort();
  let free = Math.min(most, slots - [...lines.values()].reduce((sum, line) => sum + line.admitted, 0));
  const mayMore = (id: string, line: TenantLine) => line.waiting > 0 && line.admitted < shareOf(id).concurrent;
  const admitted = new Map<string, number>();
  // Whoever was cut short goes on; else it is the next one's turn, also when that one came only now.
  const goesOn = (lines.get(schedule.turn)?.deficit ?? 0) >= 1;
  const next = ring.findIndex((id) => (goesOn ? id === schedule.turn : id > schedule.turn));
  let index = Math.max(0, next);
  let { turn } = schedule;
  while (free > 0 && [...lines].some(([id, line]) => mayMore(id, line))) {
    const id = ring[index % ring.length] ?? "";
    const line = lines.get(id) ?? { ...NOBODY };
    turn = id;
    if (line.deficit < 1) line.deficit += shareOf(id).weight;
    while (free > 0 && line.deficit >= 1 && mayMore(id, line)) {
      line.deficit -= 1;
      line.waiting -= 1;
      line.admitted += 1;
      free -= 1;
      admitted.set(id, (admitted.get(id) ?? 0) + 1);
    }
    if (!mayMore(id, line)) line.deficit = 0; // who wants nothing now saves nothing for later
    if (line.deficit < 1) index += 1;
  }
  return { schedule: { ...schedule, turn, tenants: Object.fromEntries(lines) }, admitted };
}

/** Of a place whose writer knew no stays: the earliest. */
export function stayOf({ stay = 0 }: Pick<Place, "stay">): number {
  return stay;
}

function without(schedule: Schedule, { tenantId, state }: Place): Schedule {
  return withLine(schedule, tenantId, { [state]: -1 });
}

/** Adds to a tenant's counts; a tenant with nothing left is forgotten. */
function withLine(
  schedule: Schedule,
  tenantId: string,
  by: Readonly<Partial<Record<Place["state"], number>>>,
): Schedule {
  const line = schedule.tenants[tenantId] ?? NOBODY;
  const next = {
    ...line,
    admitted: line.admitted + (by.admitted ?? 0),
    waiting: line.waiting + (by.waiting ?? 0),
  };
  const { [tenantId]: _, ...others } = schedule.tenants;
  const gone = next.admitted === 0 && next.waiting === 0;
  return { ...schedule, tenants: gone ? others : { ...others, [tenantId]: next } };
}
