import { ComponentError } from "./errors.ts";

/** Steps of one replica on the Consumption profile: multiples of 0.25 vCPU up to 4, memory twice as many GiB.
 * Source: Microsoft Learn, "Containers in Azure Container Apps", configuration, read 2026-11-20. */
const STEP = 0.25;
const LARGEST = 4;

/** CPU and memory in the form that Container Apps takes, for example `{ cpu: 0.5, memory: "1Gi" }`. */
export interface ContainerSize {
  readonly cpu: number;
  readonly memory: string;
}

/**
 * The memory that belongs to a number of vCPUs.
 *
 * @throws {ComponentError} `SIZE_INVALID` with the two nearest sizes; nothing is rounded silently
 */
export function containerSize(cpu: number): ContainerSize {
  if (cpu < STEP || cpu > LARGEST || !Number.isInteger(cpu / STEP)) {
    const below = Math.min(LARGEST, Math.max(STEP, Math.floor(cpu / STEP) * STEP));
    const above = Math.min(LARGEST, Math.max(STEP, Math.ceil(cpu / STEP) * STEP));
    throw new ComponentError("SIZE_INVALID", { cpu, nearest: [...new Set([below, above])].join(" and ") });
  }
  return { cpu, memory: `${cpu * 2}Gi` };
}
