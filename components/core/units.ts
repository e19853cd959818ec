import { ComponentError } from "./errors.ts";

/** Steps of one replica on the Consumption profile: multiples of 0.25 vCPU up to 4, memory twice as many GiB.
 * Source: Microsoft Learn, "Containers in Azure Container Apps", configuration, read 2026-11-20. */
const STEP = 0.25;
const LARGEST = 4;

/** Processors: a number of vCPUs, or the number with its unit, `"0.5 vCPU"`. */
export type Cpu = number | `${number} vCPU`;

/** CPU and memory in the form that Container Apps takes, for example `{ cpu: 0.5, memory: "1Gi" }`. */
export interface ContainerSize {
  readonly cpu: number;
  readonly memory: `${number}Gi`;
}

/** The number of vCPUs; NaN for a text that is none. */
export function vcpus(cpu: Cpu): number {
  return typeof cpu === "number" ? cpu : Number(/^(\d+(?:\.\d+)?) vCPU$/.exec(cpu)?.[1] ?? Number.NaN);
}

/**
 * The memory that belongs to a number of vCPUs.
 *
 * @throws {ComponentError} `SIZE_INVALID` with the two nearest sizes; nothing is rounded silently
 */
export function containerSize(cpu: Cpu): ContainerSize {
  const number = vcpus(cpu);
  if (Number.isNaN(number)) throw new ComponentError("SIZE_INVALID", { cpu, nearest: `${STEP} and ${LARGEST}` });
  if (number < STEP || number > LARGEST || !Number.isInteger(number / STEP)) {
    const below = Math.min(LARGEST, Math.max(STEP, Math.floor(number / STEP) * STEP));
    const above = Math.min(LARGEST, Math.max(STEP, Math.ceil(number / STEP) * STEP));
    throw new ComponentError("SIZE_INVALID", { cpu: number, nearest: [...new Set([below, above])].join(" and ") });
  }
  return { cpu: number, memory: `${number * 2}Gi` };
}
