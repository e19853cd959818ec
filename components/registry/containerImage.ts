import { Image } from "@pulumi/docker/image.js";
import type * as pulumi from "@pulumi/pulumi";
import { AzureComponent, type ComponentArgs } from "../core/component.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";
import type { ImageStore } from "./containerRegistry.ts";

export interface ContainerImageArgs extends ComponentArgs {
  readonly registry: ImageStore;
  /** Repository in the registry, for example `devfactory/automation`. Changing this builds a new image. */
  readonly repository: string;
  /** Folder that the build may read, absolute. */
  readonly buildContext: string;
  /** Absolute path. */
  readonly dockerfile: string;
  readonly transform?: { readonly image?: Transform<ArgsOf<typeof Image>> };
}

/**
 * An image that is built where the program runs (a developer's machine or a CI agent) and pushed to a registry. Creates `image`.
 * The push uses the machine's own sign-in to the registry (`az acr login`); no password is an argument or lands in state. Grants: none.
 * Cost class: free; the registry keeps it.
 *
 * Limits: the machine needs Docker. It builds for Linux on x64 only, what Container Apps run.
 *
 * @example An image of a folder
 * ```ts
 * new ContainerImage("api-image", { context, registry, repository: "shop/api", buildContext, dockerfile });
 * ```
 *
 * @example Run as it was built
 * ```ts
 * const built = new ContainerImage("api-image", { context, registry, repository: "shop/api", buildContext, dockerfile });
 * new ContainerApp("api", { ...app, image: built.reference });
 * ```
 */
export class ContainerImage extends AzureComponent<ContainerImageArgs> {
  /** `<registry>/<repository>@sha256:…`: what runs is what was built, whatever happens to the tag. */
  readonly reference: pulumi.Output<string>;

  constructor(name: string, args: ContainerImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ContainerImage", name, args, opts, ["image"]);
    const server = args.registry.loginServer;
    const image = this.child("image", Image, {
      imageName: server.apply((host) => `${host}/${args.repository}:current`),
      build: {
        context: args.buildContext,
        dockerfile: args.dockerfile,
        platform: "linux/amd64", // the only one that Container Apps run
      },
      registry: { server },
      skipPush: false,
    });
    this.reference = image.repoDigest;
    this.registerOutputs({ reference: this.reference });
  }
}
