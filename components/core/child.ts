import type * as pulumi from "@pulumi/pulumi";

/** A class of raw resources, or a component, as `AzureComponent.child` takes it. */
export type ResourceClass<Resource, Args> = new (
  name: string,
  args: Args,
  opts?: pulumi.CustomResourceOptions & pulumi.ComponentResourceOptions,
) => Resource;

/** `AzureComponent.child`, handed to the cross-cutting parts because the method is protected. */
export type MakeChild = <Resource extends pulumi.Resource, Args extends object>(
  slot: string,
  Class: ResourceClass<Resource, Args>,
  args: Args,
  opts?: pulumi.CustomResourceOptions,
) => Resource;
