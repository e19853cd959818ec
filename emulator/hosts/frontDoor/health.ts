import type { Origin, OriginGroup } from "./settings.ts";

/** How many of the last samples an origin may fail. */
type Window = Pick<OriginGroup, "sampleSize" | "successesNeeded">;

/**
 * The last samples of each origin. One counts as healthy until it has failed more of them than its group allows: a new one gets
 * requests before it was asked.
 *
 * @see Microsoft Learn, "Health probes" and "Traffic routing methods to origin" of Azure Front Door
 */
export class OriginHealth {
  readonly #samples = new Map<string, readonly boolean[]>();

  isHealthy({ id }: Pick<Origin, "id">, { sampleSize, successesNeeded }: Window): boolean {
    const failed = (this.#samples.get(id) ?? []).filter((worked) => !worked).length;
    return failed <= sampleSize - successesNeeded;
  }

  sample({ id }: Pick<Origin, "id">, { sampleSize }: Window, worked: boolean): void {
    this.#samples.set(id, [...(this.#samples.get(id) ?? []), worked].slice(-sampleSize));
  }

  /** Nothing listened there: unhealthy at once, until probes have found it well again. */
  lost({ id }: Pick<Origin, "id">, { sampleSize }: Window): void {
    this.#samples.set(id, Array(sampleSize).fill(false));
  }
}

/**
 * The origin for a request: of the healthy ones the lowest priority, among equals by weight. When none is healthy all count as healthy.
 *
 * @param point 0 to 1, decides among equals
 */
export function chooseOrigin(
  origins: readonly Origin[],
  isHealthy: (origin: Origin) => boolean,
  point: number,
): Origin | undefined {
  const healthy = origins.filter(isHealthy);
  const asked = healthy.length > 0 ? healthy : origins;
  const first = Math.min(...asked.map(({ priority }) => priority));
  const equals = asked.filter(({ priority }) => priority === first);
  let left = point * equals.reduce((sum, { weight }) => sum + weight, 0);
  return equals.find(({ weight }) => {
    left -= weight;
    return left < 0;
  });
}
