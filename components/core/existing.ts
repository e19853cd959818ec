import * as pulumi from "@pulumi/pulumi";
import type { AppContext } from "./context.ts";

/**
 * A resource that somebody else manages, for `static existing`. It is read, never written: the component has the same links and no
 * managed resources. Reading needs the right to (Reader) on it.
 */
export interface Existing {
  readonly context: AppContext;
  /** ARM id of the main resource. */
  readonly resourceId: pulumi.Input<string>;
}

/** Whether a component stands for a resource that exists. */
export function isExisting(args: object): args is Existing {
  return "resourceId" in args;
}

/** Name of the resource group in an ARM id. */
export function resourceGroupOf(resourceId: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.output(resourceId).apply((id) => /\/resourceGroups\/([^/]+)/i.exec(id)?.[1] ?? "");
}
