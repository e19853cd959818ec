import { SUBSCRIPTION_ID } from "./answers.ts";

/** The lock that a tier with data has in production, as `rawResources` shows it. @param target ARM type and name */
export function productionLock(lockName: string, target: string): readonly [string, Readonly<Record<string, unknown>>] {
  const scope = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/rg/providers/${target}`;
  const notes = "Made by DevFactory; the deployment that made it takes it away before it deletes the resource.";
  return ["authorization:ManagementLockByScope", { lockName, scope, level: "CanNotDelete", notes }];
}
