import { refreshResources } from "../deploy/refresh.ts";
import type { ResourceState } from "../deploy/state.ts";
import type { Operation } from "./operation.ts";

/** Reads every resource again and makes that the state. @returns the states to save */
export async function runRefresh(operation: Operation): Promise<readonly ResourceState[]> {
  return refreshResources(operation.bench.snapshot.olds, operation.bench, operation.executor, true);
}
