import type * as pulumi from "@pulumi/pulumi";
import { resources } from "../core/azure.ts";
import type { AppContext, ContextSettings } from "../core/context.ts";
import { physicalName } from "../core/naming.ts";
import { principalRetry } from "../core/principalRetry.ts";

/** Makes the resource group of a deployment and the context that all its components take. */
export function createContext(
  name: string,
  settings: ContextSettings,
  opts?: pulumi.CustomResourceOptions,
): AppContext {
  const group = new resources.ResourceGroup(
    name,
    {
      resourceGroupName: physicalName("Microsoft.Resources/resourceGroups", settings, name),
      location: settings.location,
      tags: { ...settings.tags },
    },
    opts,
  );
  const retry = principalRetry(`principal-of-${name}`);
  return { ...settings, resourceGroupName: group.name, ...(retry && { principalRetry: retry }) };
}
