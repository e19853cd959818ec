import { setTimeout as sleep } from "node:timers/promises";

/** Waits before something is tried again, in ms. Passed in where a test decides when time passes. */
export type Pause = (ms: number) => Promise<void>;

export const pause: Pause = (ms) => sleep(ms);
