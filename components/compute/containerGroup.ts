import type * as pulumi from "@pulumi/pulumi";
import type { Access } from "../core/access.ts";
import { argumentCheck, checkInteger } from "../core/argument.ts";
import { containerinstance } from "../core/azureOnDemand.ts";
import type { CrossCutTransforms } from "../core/crossCut.ts";
import { ComponentError } from "../core/errors.ts";
import { type Existing, isExisting } from "../core/existing.ts";
import { checkSubnet, type DelegatedSubnets, subnetOf } from "../core/subnets.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";
import { type Cpu, vcpus } from "../core/units.ts";
import type { ImageStore } from "../registry/containerRegistry.ts";
import { type LinkedArgs, LinkedComponent, principalOf } from "./linkedComponent.ts";

/** What a group in a network may have. Source: Microsoft Learn, "Resource availability & quota limits for ACI", Linux (from memory, to be verified). */
const LARGEST = { cpu: 4, memoryGb: 16 } as const;
const RESTART = ["Always", "OnFailure", "Never"] as const;
const SECRET_LIKE = /(password|passwd|secret|token|api_?key|connection_?string|private_?key)$/i;

export interface ContainerGroupArgs extends Omit<LinkedArgs, "secretEnv"> {
  /** Reference with a digest, `<registry>/<repository>@sha256:…`. Changing it makes the container anew. */
  readonly image: pulumi.Input<string>;
  /** Where the image is pulled from, under the group's identity. */
  readonly registry: ImageStore;
  /** Network to run in, in a subnet that is made there; there is no public address. It, or `subnetResourceId`, must be given. Changing it replaces the group. */
  readonly network?: DelegatedSubnets;
  /** A subnet that somebody else delegated to `Microsoft.ContainerInstance/containerGroups`, in place of `network`. Changing it replaces the group. */
  readonly subnetResourceId?: pulumi.Input<string>;
  /** Program and its arguments. @default the image's own. */
  readonly command?: readonly string[];
  /** vCPUs. @default 0.5 @minimum 0.25 @maximum 4 @multipleOf 0.25 */
  readonly cpu?: Cpu;
  /** GB of memory. @default 1 @minimum 0.5 @maximum 16 @multipleOf 0.5 */
  readonly memoryGb?: number;
  /** Where it answers within the network, by TCP. @default nowhere */
  readonly ports?: readonly number[];
  /** What happens when the program ends. @default Always */
  readonly restart?: (typeof RESTART)[number];
  readonly transform?: CrossCutTransforms & {
    readonly group?: Transform<ArgsOf<typeof containerinstance.ContainerGroup>>;
    readonly identity?: Transform<object>;
    readonly [link: `to-${string}`]: Transform<object>;
  };
}

/**
 * One container that runs by itself, without scaling (Azure Container Instances): a listener, a legacy program. Creates `group`,
 * `identity`, `to-<key>` for each link, and what the common options ask for.
 *
 * Grants: none. Its identity pulls the image (AcrPull) and has the rights of its links. Defaults: half a vCPU and 1 GB in all profiles, always
 * running (under 50 USD a month).
 *
 * Limits: a change of the image or a setting stops the old container before the new one starts. A service that answers people is a
 * `ContainerApp`. Secrets are no variables here: link a vault and read them.
 *
 * @example A listener that only calls outwards
 * ```ts
 * new ContainerGroup("agent", { context, registry, image, network, link: [relay.connection("berlin").link("listen")] });
 * ```
 *
 * @example More power, and a port within the network
 * ```ts
 * const size = { cpu: 2, memoryGb: 4, ports: [8080] };
 * new ContainerGroup("legacy", { context, registry, image, network, ...size });
 * ```
 *
 * @example A program that runs once
 * ```ts
 * const command = ["node", "import.ts"];
 * const link = [files.container("logs").link("readwrite")];
 * new ContainerGroup("import", { context, registry, image, network, command, restart: "OnFailure", link });
 * ```
 *
 * @example What no option covers: one zone of the region
 * ```ts
 * new ContainerGroup("agent", { context, registry, image, network, transform: { group: { zones: ["1"] } } });
 * ```
 */
export class ContainerGroup extends LinkedComponent<ContainerGroupArgs> {
  /** ARM id. */
  readonly groupId: pulumi.Output<string>;
  /** Physical name. */
  readonly groupName: pulumi.Output<string>;
  /** Private address; empty without ports. It changes when the group is made anew. */
  readonly address: pulumi.Output<string>;
  /** Object id of its identity in Entra ID. */
  readonly principalId: pulumi.Output<string>;
  /** What was given to its identity, for `grantReport`. */
  readonly access: readonly Access[];

  /** @throws {ComponentError} `ARGUMENT_INVALID`, `ENV_COLLISION`; `OPTION_UNSUPPORTED` for no subnet or two */
  constructor(name: string, args: ContainerGroupArgs | Existing, opts?: pulumi.ComponentResourceOptions) {
    if (!isExisting(args)) checkArgs(`ContainerGroup ${name}`, args);
    super("ContainerGroup", name, args, opts, ["group", ...LinkedComponent.slots]);
    const { group, principalId, access } = isExisting(args) ? this.#read(args) : this.#make(args);
    this.groupId = group.id;
    this.groupName = group.name;
    this.address = group.ipAddress.apply((address) => address?.ip ?? "");
    this.principalId = principalId;
    this.access = access;
    this.registerOutputs({ groupName: this.groupName });
  }

  /** A group that somebody else manages: its address, nothing made or changed. */
  static existing(name: string, at: Existing, opts?: pulumi.ComponentResourceOptions): ContainerGroup {
    return new ContainerGroup(name, at, opts);
  }

  #read({ resourceId }: Existing): MadeGroup {
    const group = this.adopt("group", containerinstance.ContainerGroup, resourceId);
    const principalId = group.identity.apply(principalOf);
    return { group, principalId, access: [] };
  }

  #make(args: ContainerGroupArgs): MadeGroup {
    const subnetId = subnetOf(this.label, args, "groups") ?? ""; // checked: there is one
    const parts = this.makeIdentity(args, [{ ...args.registry.link("pull"), env: {} }]);
    const ports = (args.ports ?? []).map((port) => ({ port, protocol: "TCP" }));
    const group = this.child(
      "group",
      containerinstance.ContainerGroup,
      {
        resourceGroupName: args.context.resourceGroupName,
        osType: "Linux",
        sku: "Standard",
        restartPolicy: args.restart ?? "Always",
        identity: parts.userAssigned,
        subnetIds: [{ id: subnetId }],
        imageRegistryCredentials: [{ server: args.registry.loginServer, identity: parts.identity.id }],
        containers: [
          {
            name: "main",
            image: args.image,
            ...(args.command && { command: [...args.command] }),
            ...(ports.length > 0 && { ports }),
            resources: { requests: { cpu: vcpus(args.cpu ?? 0.5), memoryInGB: args.memoryGb ?? 1 } },
            environmentVariables: Object.entries(parts.env).map(([variable, value]) => ({ name: variable, value })),
          },
        ],
        ...(ports.length > 0 && { ipAddress: { type: "Private", ports } }),
      },
      { dependsOn: [...parts.grants] },
    );
    this.crossCut({ main: group }); // it writes no resource logs; its metrics say nothing that a restart does not mend
    return { group, principalId: parts.identity.principalId, access: parts.grants };
  }
}

interface MadeGroup {
  readonly group: InstanceType<typeof containerinstance.ContainerGroup>;
  readonly principalId: pulumi.Output<string>;
  readonly access: readonly Access[];
}

function checkArgs(component: string, args: ContainerGroupArgs): void {
  const check = argumentCheck(component);
  const { cpu = 0.5, memoryGb = 1, restart = "Always" } = args;
  checkSubnet(component, args);
  if (args.network === undefined && args.subnetResourceId === undefined) {
    const details = { needed: "a network, or `subnetResourceId`", given: "neither", why: "it has no public address" };
    throw new ComponentError("OPTION_UNSUPPORTED", { component, option: "network", ...details });
  }
  const number = vcpus(cpu);
  check("cpu", cpu, number >= 0.25 && number <= LARGEST.cpu && Number.isInteger(number * 4), {
    allowed: `multiples of 0.25 from 0.25 to ${LARGEST.cpu}`,
    why: "A group in a network has no more.",
  });
  check("memoryGb", memoryGb, memoryGb >= 0.5 && memoryGb <= LARGEST.memoryGb && Number.isInteger(memoryGb * 2), {
    allowed: `multiples of 0.5 from 0.5 to ${LARGEST.memoryGb}`,
    why: "A group in a network has no more.",
  });
  check("restart", restart, RESTART.includes(restart), { allowed: RESTART.join(", "), why: "There are no others." });
  for (const port of args.ports ?? []) {
    checkInteger(check, "ports", port, { min: 1, max: 65_535, why: "It is a TCP port." });
  }
  for (const name of Object.keys(args.env ?? {})) {
    check("env", name, !SECRET_LIKE.test(name), {
      allowed: "settings that are no secrets",
      why: "Everybody who may read the group reads its variables; link a vault and read the secret there.",
    });
  }
}
