import * as pulumi from "@pulumi/pulumi";
import type { AppContext } from "../core/context.ts";
import { type Profile, STAGE } from "../core/profile.ts";
import { SUBSCRIPTION_ID, TENANT_ID } from "./answers.ts";

/** Tags that every resource of a test context bears, besides its component's. */
export const TEST_TAGS = { owner: "tests" } as const;

/** A context as a program would have it, in a resource group that exists already. */
export function testContext(profile: Profile, more: Partial<AppContext> = {}): AppContext {
  return {
    app: "clinic",
    stage: STAGE[profile],
    profile,
    location: "eastus",
    subscriptionId: SUBSCRIPTION_ID,
    tenantId: TENANT_ID,
    seed: "app-1",
    epoch: 0,
    resourceGroupName: pulumi.output("rg"),
    tags: TEST_TAGS,
    ...more,
  };
}
