import type * as pulumi from "@pulumi/pulumi";
import { authorization } from "./azure.ts";
import type { MakeChild } from "./child.ts";
import type { Profile } from "./profile.ts";

/**
 * Keeps the resource from being deleted (or changed) by hand. Whoever deploys needs Locks Contributor. A lock also holds what stands
 * on the resource: a role assignment cannot be taken away while it is there, so unlinking a consumer needs `lock: false` first.
 *
 * @default `CanNotDelete` in production on tiers that keep data, else none. `false`: none
 */
export type Lock = false | "CanNotDelete" | "ReadOnly";

/** Makes `lock`. It depends on all children made before, so that it goes first when they are deleted. */
export function makeLock(
  make: MakeChild,
  option: Lock | undefined,
  profile: Profile,
  main: pulumi.CustomResource,
  cut: { readonly keepsData: boolean; readonly dependsOn: readonly pulumi.Resource[] },
): void {
  const level = option ?? (profile === "production" && cut.keepsData ? "CanNotDelete" : false);
  if (level === false) return;
  const notes = "Made by DevFactory; the deployment that made it takes it away before it deletes the resource.";
  make(
    "lock",
    authorization.ManagementLockByScope,
    { scope: main.id, level, notes },
    { dependsOn: [...cut.dependsOn] },
  );
}
