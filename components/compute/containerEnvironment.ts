import type * as pulumi from "@pulumi/pulumi";
import { app, monitor } from "../core/azure.ts";
import { AzureComponent, type ComponentArgs } from "../core/component.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";
import { diagnosticArgs, hasWorkspace } from "../shared/diagnostics.ts";
import type { Network } from "../shared/network.ts";

export interface ContainerEnvironmentArgs extends ComponentArgs {
  /** Network to run in, for services that answer only there. @default none. Changing this replaces the environment and its apps. */
  readonly network?: Network;
  readonly transform?: {
    readonly environment?: Transform<ArgsOf<typeof app.ManagedEnvironment>>;
    readonly logs?: Transform<ArgsOf<typeof monitor.DiagnosticSetting>>;
  };
}

/**
 * What container apps and jobs of one deployment run in (Azure Container Apps environment, Consumption profile). Creates
 * `environment` and, when the context has a workspace, `logs`: a diagnostic setting, because the other way takes the workspace's
 * shared key. Cost class: free; in a network of its own a load balancer and public addresses come with it.
 */
export class ContainerEnvironment extends AzureComponent<ContainerEnvironmentArgs> {
  readonly environmentId: pulumi.Output<string>;
  readonly defaultDomain: pulumi.Output<string>;

  constructor(name: string, args: ContainerEnvironmentArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ContainerEnvironment", name, args, opts, ["environment", "logs"]);
    const { context } = args;
    const environment = this.child("environment", app.ManagedEnvironment, {
      resourceGroupName: context.resourceGroupName,
      workloadProfiles: [{ name: "Consumption", workloadProfileType: "Consumption" }],
      peerTrafficConfiguration: { encryption: { enabled: true } },
      appLogsConfiguration: { destination: "azure-monitor" },
      ...(args.network && {
        vnetConfiguration: { infrastructureSubnetId: args.network.appsSubnetId, internal: false },
      }),
    });
    if (hasWorkspace(context)) {
      this.child("logs", monitor.DiagnosticSetting, diagnosticArgs(context, environment.id, "allLogs"));
    }
    this.environmentId = environment.id;
    this.defaultDomain = environment.defaultDomain;
    this.registerOutputs({ environmentId: this.environmentId });
  }
}
