/** Records the plan of the platform in a process of its own, as `recordSpecChild.ts` does for an app. */
import { deployPlatform } from "@devfactory/stacks/platform/program.ts";
import { readSettings } from "@devfactory/stacks/platform/settings.ts";
import { recordPlan } from "./recording.ts";

/** Configuration of the stack by key, and where it would run. */
export interface PlatformRequest {
  readonly config: Readonly<Record<string, string>>;
  readonly subscriptionId: string;
  readonly entraTenantId: string;
  readonly checkout: string;
}

process.once("message", (request: PlatformRequest) => void main(request));

async function main({ config, subscriptionId, entraTenantId, checkout }: PlatformRequest): Promise<void> {
  const environment = { ARM_SUBSCRIPTION_ID: subscriptionId, ARM_TENANT_ID: entraTenantId };
  try {
    const settings = readSettings({ get: (key) => config[key] }, environment, { stack: "plan", checkout });
    const resources = await recordPlan(() => void deployPlatform(settings), "devfactory", {
      subscriptionId,
      entraTenantId,
    });
    process.send?.({ resources }, () => process.disconnect());
  } catch (error) {
    process.send?.({ problem: { message: (error as Error).message } }, () => process.disconnect());
  }
}
