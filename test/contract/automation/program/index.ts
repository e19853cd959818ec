// A program without a provider: what the deployment process does does not depend on the resources.
import * as pulumi from "@pulumi/pulumi";

class Site extends pulumi.ComponentResource {
  constructor(name: string, size: number) {
    super("test:index:Site", name, { size });
  }
}

const config = new pulumi.Config("devfactory");
const spec = JSON.parse(config.require("spec")) as { size: number; wait?: boolean; bug?: boolean };
new Site("web", spec.size);
if (spec.bug) throw new Error("the program has a bug");
if (spec.wait) await new Promise((resolve) => setTimeout(resolve, 60_000));

export const url = "https://localhost:5000";
export const services = [{ name: "web", kind: "web", url: "https://localhost:5000" }];
