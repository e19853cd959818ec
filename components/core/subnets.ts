import type * as pulumi from "@pulumi/pulumi";
import { ComponentError } from "./errors.ts";

/**
 * Subnets by what runs in them. Each is delegated to its service, which takes no other one's: functions of Flex Consumption run on
 * the machines of Container Apps, yet not in the subnet of an environment. Sources: Microsoft Learn, "Azure Functions networking
 * options" (Flex Consumption), "Integrate your app with an Azure virtual network" (one address for each machine, twice as many while
 * a plan is resized), "Deploy container instances into an Azure virtual network". Read 2026-11-28.
 */
export const DELEGATED_SUBNETS = {
  functions: { range: "10.180.10.0/24", service: "Microsoft.App/environments" },
  sites: { range: "10.180.11.0/24", service: "Microsoft.Web/serverFarms" },
  groups: { range: "10.180.12.0/24", service: "Microsoft.ContainerInstance/containerGroups" },
} as const;

export type SubnetUse = keyof typeof DELEGATED_SUBNETS;

/** Gives the subnet of a use: a `Network`. */
export interface DelegatedSubnets {
  delegatedSubnetId(use: SubnetUse): pulumi.Output<string>;
}

/** What a program that runs in a subnet takes. */
export interface SubnetChoice {
  readonly network?: DelegatedSubnets;
  readonly subnetResourceId?: pulumi.Input<string>;
}

/**
 * The subnet that was chosen; undefined for none. A network makes it when it is asked for.
 *
 * @throws {ComponentError} `OPTION_UNSUPPORTED` for both ways at once
 */
export function subnetOf(component: string, choice: SubnetChoice, use: SubnetUse): pulumi.Input<string> | undefined {
  checkSubnet(component, choice);
  return choice.network?.delegatedSubnetId(use) ?? choice.subnetResourceId;
}

/** Refuses both ways at once, before anything is made. @throws {ComponentError} `OPTION_UNSUPPORTED` */
export function checkSubnet(component: string, { network, subnetResourceId }: SubnetChoice): void {
  if (network === undefined || subnetResourceId === undefined) return;
  const details = { needed: "no `subnetResourceId`", given: "both", why: "a program speaks from one subnet" };
  throw new ComponentError("OPTION_UNSUPPORTED", { component, option: "network", ...details });
}
