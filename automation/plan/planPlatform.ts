import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PlanDocument } from "./planDocument.ts";
import type { ProgramOptions } from "./planProgram.ts";
import { recordInChild } from "./recordInChild.ts";
import type { PlatformRequest } from "./recordPlatformChild.ts";

const CHECKOUT = fileURLToPath(new URL("../..", import.meta.url));
const CHILD = fileURLToPath(new URL("./recordPlatformChild.ts", import.meta.url));
/** The folder of the platform's own program. */
export const PLATFORM = join(CHECKOUT, "stacks", "platform");
const NOBODY = "00000000-0000-0000-0000-000000000000";

/**
 * The plan of the platform itself, as a recording: it needs no engine, no credential and no image.
 *
 * @param options profile and region that it would be deployed with; a stack that exists is not looked at
 * @throws {PlanError} `PROGRAM_FAILED`
 */
export async function planPlatform(
  { profile = "dev", region = "eastus" }: ProgramOptions,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<PlanDocument> {
  const request: PlatformRequest = {
    config: { profile, location: region },
    subscriptionId: environment.ARM_SUBSCRIPTION_ID || environment.AZURE_SUBSCRIPTION_ID || NOBODY,
    entraTenantId: environment.ARM_TENANT_ID || environment.AZURE_TENANT_ID || NOBODY,
    checkout: CHECKOUT,
  };
  return { region, profile, resources: await recordInChild(CHILD, { ...request }) };
}
