import * as pulumi from "@pulumi/pulumi";

/** A resource of the test provider; its inputs are whatever a scenario needs. */
export class Thing extends pulumi.CustomResource {
  declare readonly echo: pulumi.Output<unknown>;
  declare readonly value: pulumi.Output<unknown>;
  declare readonly revealed: pulumi.Output<unknown>;
  declare readonly physicalName: pulumi.Output<string>;

  constructor(
    name: string,
    inputs: pulumi.Inputs = {},
    opts?: pulumi.CustomResourceOptions,
    type = "test:index:Thing",
  ) {
    super(type, name, { echo: undefined, physicalName: undefined, revealed: undefined, ...inputs }, opts);
  }

  /** Reads one that exists. */
  static find(name: string, id: pulumi.Input<string>, opts?: pulumi.CustomResourceOptions): Thing {
    return new Thing(name, {}, { ...opts, id });
  }
}

/** A component that only groups. */
export class Group extends pulumi.ComponentResource {
  constructor(name: string, opts?: pulumi.ComponentResourceOptions, type = "test:index:Group") {
    super(type, name, {}, opts);
    this.registerOutputs({ grouped: name });
  }
}

/** An explicit provider of the test package. */
export class TestPackage extends pulumi.ProviderResource {
  constructor(name: string, args: pulumi.Inputs = {}, opts?: pulumi.ResourceOptions) {
    super("test", name, args, opts);
  }
}
