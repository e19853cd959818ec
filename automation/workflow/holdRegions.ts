import { needsNetwork } from "@devfactory/stacks/app/privacy.ts";
import type { AppSpec } from "@devfactory/stacks/spec/index.ts";
import { AutomationError } from "../errors.ts";

/**
 * Whether an app may stand in the regions that its spec names, asked before anything is made.
 *
 * @param allowed the platform's `ENABLE_MULTI_REGION`
 * @throws {AutomationError} `REGIONS_OFF`; `REGIONS_PRIVATE` for an app in a network, which ends at its region
 */
export function holdRegions(spec: AppSpec, allowed: boolean): void {
  const { alsoIn = [], region, profile } = spec;
  if (alsoIn.length === 0) return;
  const regions = alsoIn.join(", ");
  if (!allowed) throw new AutomationError("REGIONS_OFF", { regions, region });
  if (needsNetwork(spec)) throw new AutomationError("REGIONS_PRIVATE", { regions, region, profile });
}
