/** Records the plan of one app in a process of its own: Pulumi's runtime is global, and nothing of the environment is passed to it. */
import { deployApp } from "@devfactory/stacks/app/program.ts";
import type { AppSettings } from "@devfactory/stacks/app/settings.ts";
import { recordPlan } from "./recording.ts";

process.once("message", (settings: AppSettings) => void main(settings));

async function main(settings: AppSettings): Promise<void> {
  const { subscriptionId, entraTenantId } = settings;
  try {
    const run = () => void deployApp(settings);
    const resources = await recordPlan(run, "devfactory-app", { subscriptionId, entraTenantId });
    process.send?.({ resources }, leave);
  } catch (error) {
    const { message, advice } = error as Error & { advice?: string };
    process.send?.({ problem: { message, ...(advice !== undefined && { advice }) } }, leave);
  }
}

function leave(): void {
  process.disconnect();
}
