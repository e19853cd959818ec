import type * as pulumi from "@pulumi/pulumi";
import type { Access } from "../core/access.ts";
import type { LinkGrant } from "../core/link.ts";
import { type ContainerSize, type Cpu, containerSize, vcpus } from "../core/units.ts";
import type { BusQueue } from "../messaging/serviceBus.ts";
import type { ImageStore } from "../registry/containerRegistry.ts";
import type { ContainerEnvironment } from "./containerEnvironment.ts";
import { type LinkedArgs, LinkedComponent, type LinkedParts } from "./linkedComponent.ts";

/** What apps and jobs have in common. */
export interface WorkloadArgs extends LinkedArgs {
  readonly environment: ContainerEnvironment;
  /** Reference with a digest, `<registry>/<repository>@sha256:…`. Changing it starts a new revision. */
  readonly image: pulumi.Input<string>;
  /** Where the image is pulled from, under the workload's identity. */
  readonly registry: ImageStore;
  /** Program and its arguments. @default the image's own. */
  readonly command?: readonly string[];
  /** vCPUs of the main container, `0.5` or `"0.5 vCPU"`; memory is twice as many GiB. With `sidecars` at most 4. @default 0.25 @minimum 0.25 @maximum 4 @multipleOf 0.25 */
  readonly cpu?: Cpu;
  /** More containers in each replica, by name; they share its network and its identity. @default none */
  readonly sidecars?: Readonly<Record<string, Sidecar>>;
}

/** A container beside the main one. */
export interface Sidecar {
  /** Reference with a digest, from the workload's registry or a public one. */
  readonly image: pulumi.Input<string>;
  /** vCPUs; memory is twice as many GiB. @minimum 0.25 @maximum 4 @multipleOf 0.25 */
  readonly cpu: Cpu;
  /** Program and its arguments. @default the image's own */
  readonly command?: readonly string[];
  /** Plain settings of this container alone; it has no links of its own. */
  readonly env?: Readonly<Record<string, pulumi.Input<string>>>;
}

/** Makes a child of the workload; handed to the parts below because `child` is protected. */
export interface Parts {
  readonly identityId: pulumi.Output<string>;
  readonly clientId: pulumi.Output<string>;
  readonly principalId: pulumi.Output<string>;
  readonly grants: readonly Access[];
  readonly container: Container;
  readonly sidecars: readonly Container[];
  readonly identity: LinkedParts["userAssigned"];
  /** Takes the identity away from the containers of a workload that links nothing: it only pulls the image. */
  readonly identitySettings: { readonly identity: pulumi.Input<string>; readonly lifecycle: "None" }[];
  readonly registries: { readonly server: pulumi.Input<string>; readonly identity: pulumi.Input<string> }[];
  readonly secrets: SecretReference[];
}

interface Container {
  readonly name: string;
  readonly image: pulumi.Input<string>;
  readonly command?: string[];
  readonly resources: ContainerSize;
  readonly env: EnvironmentVariable[];
}

interface EnvironmentVariable {
  readonly name: string;
  readonly value?: pulumi.Input<string>;
  readonly secretRef?: string;
}

interface SecretReference {
  readonly name: string;
  readonly keyVaultUrl: pulumi.Input<string>;
  readonly identity: pulumi.Input<string>;
}

/**
 * A container in an environment: gives what apps and jobs put into their template. The first replica never starts without its rights: the main resource depends on the grants.
 */
export abstract class Workload<Args extends WorkloadArgs> extends LinkedComponent<Args> {
  protected makeParts(args: Args, extraLinks: readonly LinkGrant[] = []): Parts {
    const sidecars = Object.entries(args.sidecars ?? {});
    const cpu = args.cpu ?? 0.25;
    containerSize(sidecars.reduce((sum, [, sidecar]) => sum + vcpus(sidecar.cpu), vcpus(cpu))); // the whole replica must be a size
    const secretEnv = Object.entries(args.secretEnv ?? {});
    const pull = { ...args.registry.link("pull"), env: {} }; // the platform pulls, the app need not know from where
    const { identity, userAssigned, grants, env } = this.makeIdentity(args, [...extraLinks, pull]);
    return {
      identityId: identity.id,
      clientId: identity.clientId,
      principalId: identity.principalId,
      grants,
      container: {
        name: "main",
        image: args.image,
        ...(args.command && { command: [...args.command] }),
        resources: containerSize(cpu),
        env: [
          ...Object.entries(env).map(([name, value]) => ({ name, value })),
          ...secretEnv.map(([name]) => ({ name, secretRef: secretName(name) })),
        ],
      },
      sidecars: sidecars.map(([name, sidecar]) => ({
        name,
        image: sidecar.image,
        ...(sidecar.command && { command: [...sidecar.command] }),
        resources: containerSize(sidecar.cpu),
        env: Object.entries(sidecar.env ?? {}).map(([variable, value]) => ({ name: variable, value })),
      })),
      identity: userAssigned,
      identitySettings: (args.link ?? []).length > 0 ? [] : [{ identity: identity.id, lifecycle: "None" }],
      registries: [{ server: args.registry.loginServer, identity: identity.id }],
      secrets: secretEnv.map(([name, secret]) => ({
        name: secretName(name),
        keyVaultUrl: secret.url,
        identity: identity.id,
      })),
    };
  }
}

/** A scale rule on the messages that wait in a queue, read under the workload's identity (KEDA `azure-servicebus`). */
export function queueRule(queue: BusQueue, messagesPerReplica: number, identity: pulumi.Input<string>) {
  return {
    name: `queue-${queue.queueName}`,
    type: "azure-servicebus",
    metadata: {
      queueName: queue.queueName,
      namespace: queue.namespaceName,
      messageCount: String(messagesPerReplica),
    },
    identity,
  };
}

/** `STRIPE_KEY` → `stripe-key`. */
function secretName(variable: string): string {
  return variable.toLowerCase().replaceAll("_", "-");
}
