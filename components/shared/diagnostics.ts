import type * as pulumi from "@pulumi/pulumi";
import type { monitor } from "../core/azure.ts";
import type { AppContext } from "../core/context.ts";
import type { ArgsOf } from "../core/transform.ts";

type DiagnosticArgs = ArgsOf<typeof monitor.DiagnosticSetting>;

/**
 * Arguments of a diagnostic setting that sends a category group of `resourceUri` to the context's workspace.
 * `audit` holds who did what and is small; `allLogs` is for what has no other log.
 */
export function diagnosticArgs(
  context: AppContext & { readonly workspaceId: pulumi.Output<string> },
  resourceUri: pulumi.Input<string>,
  categoryGroup: "audit" | "allLogs",
): DiagnosticArgs {
  return { resourceUri, workspaceId: context.workspaceId, logs: [{ categoryGroup, enabled: true }] };
}

/** Whether audit logs of this context have somewhere to go. */
export function hasWorkspace(
  context: AppContext,
): context is AppContext & { readonly workspaceId: pulumi.Output<string> } {
  return context.workspaceId !== undefined;
}
