import type { AppSpec } from "@devfactory/stacks/spec/index.ts";
import { healthAddress, waitHealthy, waitServing } from "../deploy/healthGate.ts";
import type { DeployOutputs } from "../deploy/messages.ts";
import type { StepContext } from "./step.ts";

const HEALTH_TIMEOUT_MS = 180_000;

/** One address that must answer 200. */
export interface HealthCheck {
  /** The service; in several regions with its region. */
  readonly name: string;
  readonly service: string;
  readonly url: string;
}

/**
 * The newest revisions must be the ones that serve, and every public service that answers http must answer 200 on its health path: the
 * address alone would be answered by the version of before.
 *
 * @returns milliseconds until each answered
 * @throws {AutomationError} `NOT_HEALTHY`
 */
export async function gate(
  spec: AppSpec,
  { services, resourceGroupName }: DeployOutputs,
  context: StepContext,
): Promise<Record<string, number>> {
  const { signal } = context;
  if (resourceGroupName) {
    const notReady = (until: AbortSignal) => context.services.revisions.notReady(resourceGroupName, until);
    await waitServing(notReady, { timeoutMs: HEALTH_TIMEOUT_MS, signal });
  }
  const done = await Promise.all(
    healthChecks(spec, services).map(async ({ name, service, url }) => {
      const after = await waitHealthy(url, { timeoutMs: HEALTH_TIMEOUT_MS, signal });
      context.report({ type: "healthy", message: `${name} answers after ${after} ms`, data: { service } });
      return [name, after] as const;
    }),
  );
  return Object.fromEntries(done);
}

/**
 * What is asked: each public service, in every region of its own. The one address before them is not: any region may answer there, and a
 * new door on Azure takes up to twenty minutes to reach all places.
 */
export function healthChecks(spec: AppSpec, services: DeployOutputs["services"]): readonly HealthCheck[] {
  return services.flatMap(({ name, url, regions = [] }) => {
    const service = spec.services.find((each) => each.name === name);
    if (!service?.public || service.kind === "worker" || service.kind === "job") return [];
    const path = service.kind === "static" ? "/" : service.health;
    const places = regions.map((each) => ({ name: `${name} in ${each.region}`, url: each.url }));
    return (places.length > 0 ? places : [{ name, url }]).map((each) => ({
      name: each.name,
      service: name,
      url: healthAddress(each.url, path),
    }));
  });
}
