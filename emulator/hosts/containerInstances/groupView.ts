import type { Json } from "../../core/resources.ts";

/** A state of a container (`containers[].properties.instanceView.currentState`). */
export interface ContainerState {
  readonly state: "Waiting" | "Running" | "Terminated";
  readonly startTime?: string;
  readonly finishTime?: string;
  readonly exitCode?: number;
  readonly detailStatus: string;
}

export interface GroupEvent {
  readonly count: number;
  readonly firstTimestamp: string;
  readonly lastTimestamp: string;
  readonly name: string;
  readonly message: string;
  readonly type: "Normal" | "Warning";
}

export interface ContainerView {
  readonly restartCount: number;
  readonly currentState: ContainerState;
  readonly previousState?: ContainerState;
  readonly events: readonly GroupEvent[];
}

/** States of a whole group. Source: Microsoft Learn, "Azure Container Instances states". */
export type GroupState = "Pending" | "Running" | "Stopped" | "Succeeded" | "Failed";

/** What the service says of a group: kept, so that it is there after a restart of the local Azure. */
export interface GroupView {
  readonly state: GroupState;
  /** Start of what runs now: lines before it belong to an earlier life. */
  readonly sinceMs: number;
  readonly containers: Readonly<Record<string, ContainerView>>;
}

const WAITING: ContainerState = { state: "Waiting", detailStatus: "Waiting to run" };
/** Kept of each container; older ones are left out. */
const KEPT_EVENTS = 20;

/** A group of which nothing runs yet. */
export function newView(names: readonly string[], sinceMs: number): GroupView {
  const containers = names.map((name) => [name, { restartCount: 0, currentState: WAITING, events: [] }] as const);
  return { state: "Pending", sinceMs, containers: Object.fromEntries(containers) };
}

/** The view with another one of a container. Pure. */
export function withContainer(view: GroupView, name: string, change: (now: ContainerView) => ContainerView): GroupView {
  const now = view.containers[name];
  return now ? { ...view, containers: { ...view.containers, [name]: change(now) } } : view;
}

/** An event more; the same one again is counted. Pure. */
export function withEvent(
  view: ContainerView,
  event: Pick<GroupEvent, "name" | "message" | "type">,
  at: string,
): ContainerView {
  const same = view.events.find((each) => each.name === event.name && each.message === event.message);
  const others = view.events.filter((each) => each !== same);
  const next = {
    ...event,
    count: (same?.count ?? 0) + 1,
    firstTimestamp: same?.firstTimestamp ?? at,
    lastTimestamp: at,
  };
  return { ...view, events: [...others, next].slice(-KEPT_EVENTS) };
}

/** `properties` that show the view: the state of the group, and in each container its own. */
export function shown(view: GroupView, properties: Json): Json {
  const lay = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map((each: { readonly name: string; readonly properties?: Json }) => {
          const own = view.containers[each.name];
          return own ? { ...each, properties: { ...each.properties, instanceView: own } } : each;
        })
      : undefined;
  const initContainers = lay(properties.initContainers);
  return {
    containers: lay(properties.containers),
    ...(initContainers === undefined ? {} : { initContainers }),
    instanceView: { events: [], state: view.state },
  };
}
