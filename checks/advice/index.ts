import { ACCESS_ADVICE } from "./access.ts";
import { CAPACITY_ADVICE } from "./capacity.ts";
import type { Advice } from "./entry.ts";
import { NAME_ADVICE } from "./names.ts";
import { OPERATION_ADVICE } from "./operations.ts";
import { SERVICE_ADVICE } from "./services.ts";

export type { Advice } from "./entry.ts";

/** All that is known about errors of deployments; an error that several rows fit is explained by the first. */
export const ADVICE: readonly Advice[] = [
  ...NAME_ADVICE,
  ...CAPACITY_ADVICE,
  ...ACCESS_ADVICE,
  ...SERVICE_ADVICE,
  ...OPERATION_ADVICE,
];

/** Cause and way out of an error message of Azure or of Pulumi; nothing when the catalogue does not know it. */
export function adviceFor(message: string): Advice | undefined {
  return ADVICE.find(({ pattern }) => pattern.test(message));
}

/** The row of an id. @throws {RangeError} when there is none */
export function adviceOf(id: string): Advice {
  const found = ADVICE.find((each) => each.id === id);
  if (!found) throw new RangeError(`no advice ${id}`);
  return found;
}
